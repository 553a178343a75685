using System.Net;
using System.Net.Sockets;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Admin;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Completions;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Embeddings;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Messages;
using CascadeLocal.Server.Metrics;
using CascadeLocal.Server.Models;
using CascadeLocal.Server.OpenApi;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tokens;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Hosting;

/// <summary>
/// The HTTP interface of a pool. It listens before the models are loaded, and on draining it answers until the running
/// requests have ended.
/// </summary>
public sealed class CascadeServer : IAsyncDisposable
{
    /// <summary>The meter whose instruments are in /metrics, those that others of this process make under its name as well.</summary>
    public const string MeterName = ServerMetrics.MeterName;

    // What aborted requests and open connections may still take to end properly.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _options;
    private readonly ModelPool _pool;
    private readonly ILogger _logger;
    private readonly DrainGate _gate = new();
    private readonly CancellationTokenSource _stopLoading = new();
    private readonly EmbedderHost _embedders;
    private readonly PolicyHost _policies;
    private readonly CascadeRunner _runner;
    private readonly KeyRing _keys;
    private readonly Observation _observation;
    private readonly PoolReloader _reload;
    private readonly WebApplication _app;
    private Task _loading = Task.CompletedTask;

    /// <summary>Makes a server for <paramref name="pool"/>, which it loads but does not own.</summary>
    public CascadeServer(ServerOptions options, ModelPool pool, ILoggerFactory loggerFactory, ICascadeObserver? observer = null)
    {
        _options = options;
        _pool = pool;
        _logger = loggerFactory.CreateLogger("Server");
        _embedders = new EmbedderHost(options.LoadEmbedder ?? (() => TextEmbedder.Load(options.Embedder)));
        _policies = new PolicyHost(pool, options.Policy, _embedders, loggerFactory.CreateLogger("Policy"));
        _reload = new PoolReloader(options, pool, _logger);
        ServerState state = new(pool, _gate);
        _keys = new KeyRing(options, loggerFactory.CreateLogger("Keys"));
        _observation = new Observation(options, pool, state, _policies, _keys, () => _runner!.Door, _logger);
        ICascadeObserver all = observer is null ? _observation.Observer : new ObserverList(_observation.Observer, observer);
        _runner = new CascadeRunner(pool, _policies, options.Conversation, options.Cascade, options.MaxQueue, all, loggerFactory.CreateLogger("Cascade"));
        _app = Build(loggerFactory, state);
    }

    /// <summary>The policy in force.</summary>
    internal PolicyHost Policies => _policies;

    /// <summary>The keys in force.</summary>
    internal KeyRing Keys => _keys;

    /// <summary>All routes.</summary>
    internal IEnumerable<RouteEndpoint> Routes => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    /// <summary>What every request passes.</summary>
    internal Admission Door => _runner.Door;

    /// <summary>Ends when models and policy have been loaded, well or not; never fails.</summary>
    public Task Loaded => _loading;

    /// <summary>Where it listens, once started.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Opens the port, then loads the models in the background.</summary>
    /// <exception cref="ServerStartException">The address cannot be listened on, or the decision log not written.</exception>
    /// <exception cref="ConfigurationException">The file of keys cannot be used.</exception>
    public async Task StartAsync()
    {
        _keys.Open();
        _observation.Open();
        try
        {
            await _app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            string reason = e.InnerException is AddressInUseException
                ? "it is in use"
                : e.Message;
            throw new ServerStartException($"Cannot listen on {_options.Address} port {_options.Port}: {reason}.", e);
        }

        if (_options.ConfigurationFile is { } file)
            _logger.LogInformation("The configuration is {Path}", file);
        _logger.LogInformation("Listening on {Address}; loading {Count} model(s)", Address, _pool.Members.Count);
        if (!IPAddress.IsLoopback(_options.Address) && _keys.IsOpen)
            _logger.LogWarning("Whoever reaches port {Port} of this machine may use this server: there are neither api_keys nor a keys_file", Address.Port);
        if (_options.Telemetry is { } telemetry)
            _logger.LogInformation("Metrics and traces go by OTLP to {Collector}", telemetry.Endpoint?.Authority ?? "the collector that the environment names");
        if (_options.DecisionLog is null && _options.Cascade is { Mode: CascadeMode.Shadow } or { ShadowShare: > 0 })
            _logger.LogWarning("What is worked out in shadow is counted but not kept: there is no decision_log");
        _loading = Task.Run(LoadAsync);
    }

    /// <summary>Loads the models, then the policy, which is checked against them.</summary>
    private async Task LoadAsync()
    {
        try
        {
            await _pool.LoadAsync(_stopLoading.Token);
            await _policies.StartAsync(_stopLoading.Token);
        }
        catch (OperationCanceledException) when (_stopLoading.IsCancellationRequested)
        {
            // The server is told to stop before it was ready.
        }
        catch (Exception e)
        {
            _logger.LogError(e, "Loading ended early for a fault of this program; what was loaded is served");
        }

        _gate.Open();
    }

    /// <summary>
    /// Refuses new work, lets running requests finish within the drain timeout, ends the rest, then closes the port.
    /// </summary>
    public async Task DrainAsync()
    {
        Task idle = _gate.BeginDrain();
        await _stopLoading.CancelAsync();
        if (!idle.IsCompleted)
            _logger.LogInformation("Draining: running requests may finish within {Seconds} s", _options.DrainTimeout.TotalSeconds);
        if (!await EndsWithinAsync(idle, _options.DrainTimeout))
        {
            _logger.LogWarning("Ending requests that still run after the drain timeout");
            _gate.Abort();
            await EndsWithinAsync(idle, AbortGrace);
        }

        // Not before: whoever was admitted may still need another member.
        _pool.Drain();
        _observation.CloseStreams();
        await _app.StopAsync();
        await _runner.DisposeAsync();
        await _observation.FlushAsync();
        await _loading;
    }

    /// <summary>
    /// Brings the pool to what the configuration says now. One that cannot be used is logged, and the pool stays as it is.
    /// </summary>
    public void ReloadPool() => _reload.TryReload();

    /// <summary>Ends running requests at once instead of waiting for the drain timeout.</summary>
    public void Abort() => _gate.Abort();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopLoading.CancelAsync();
        await _loading;
        await _app.DisposeAsync();
        await _runner.DisposeAsync();
        await _observation.DisposeAsync();
        _keys.Dispose();
        _policies.Dispose();
        _embedders.Dispose();
        _gate.Dispose();
        _stopLoading.Dispose();
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan time)
    {
        using CancellationTokenSource timer = new();
        bool ended = await Task.WhenAny(task, Task.Delay(time, timer.Token)) == task;
        await timer.CancelAsync();
        return ended;
    }

    private WebApplication Build(ILoggerFactory loggerFactory, ServerState state)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, SignalFreeLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = AbortGrace);
        builder.Services.AddRoutingCore();
        builder.Services.AddRequestDecompression();
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. _options.CorsOrigins])
            .AllowAnyHeader()
            .AllowAnyMethod()
            .WithExposedHeaders("*")));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // BodyReader has the limit, and a message for it.
            kestrel.Limits.MinResponseDataRate = null; // SlowReader drops readers that stopped; this one allows a long answer hours.
            kestrel.Limits.MaxConcurrentConnections = _options.MaxConnections;
            ConnectionCount connections = new(_options.MaxConnections, _logger);
            kestrel.Listen(_options.Address, _options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection => connections.CountAsync(connection, next));
            });
        });

        WebApplication app = builder.Build();
        RequestPipeline pipeline = new(_gate, new HostGuard(_options), _keys, _logger);
        AdminGuard admin = new(_options.AdminKey, _options.AdminLoopback, _keys);
        app.Use(pipeline.LogAsync);
        app.Use(pipeline.CatchAsync);
        app.Use(pipeline.GuardHostAsync);
        if (_options.CorsOrigins.Count > 0)
            app.UseCors();
        app.UseRouting();
        app.Use(RequestPipeline.GuardEncodingAsync);
        app.UseRequestDecompression();
        app.Use(pipeline.GuardApiAsync);
        app.Use(admin.GuardAsync);
        MapEndpoints(app, state);
        return app;
    }

    private void MapEndpoints(WebApplication app, ServerState state)
    {
        HealthEndpoints health = new(_pool, _policies, state, _keys);
        ModelsEndpoint models = new(_pool, _policies, TimeProvider.System);
        app.MapRead("/health", health.HealthAsync);
        app.MapRead("/ready", health.ReadyAsync);
        app.MapRead("/openapi.json", ApiDocument.WriteAsync);
        app.MapRead("/v1/models", models.ListAsync);
        app.MapRead("/v1/models/{**id}", models.GetAsync);
        ChatEndpoints chat = new(_options, _pool, _runner, _gate, _logger);
        app.MapPost("/v1/chat/completions", chat.AnswerAsync);
        app.MapPost("/v1/completions", new CompletionsEndpoint(_options, chat).AnswerAsync);
        ResponsesEndpoints responses = new(_options, new ResponseStore(), chat);
        app.MapPost("/v1/responses", responses.AnswerAsync);
        app.MapRead("/v1/responses/{id}", responses.GetAsync);
        app.MapDelete("/v1/responses/{id}", responses.DeleteAsync);
        app.MapRead("/v1/responses/{id}/input_items", responses.GetInputAsync);
        app.MapPost("/v1/cascade/decide", chat.DecideAsync);
        app.MapPost("/v1/embeddings", new EmbeddingsEndpoint(_options, _embedders, _runner.Door, _gate).HandleAsync);
        TokenEndpoints tokens = new(_options, _pool);
        app.MapPost("/tokenize", tokens.TokenizeAsync).WithMetadata(KeyRequired.Instance);
        app.MapPost("/detokenize", tokens.DetokenizeAsync).WithMetadata(KeyRequired.Instance);
        app.MapPost("/apply-template", tokens.ApplyTemplateAsync).WithMetadata(KeyRequired.Instance);
        MessagesEndpoint messages = new(_options, chat, tokens);
        app.MapPost(MessagesEndpoint.Path, messages.AnswerAsync);
        app.MapPost($"{MessagesEndpoint.Path}/count_tokens", messages.CountTokensAsync);
        PolicyEndpoint policy = new(_options, _policies);
        app.MapRead("/admin/policy", policy.GetAsync);
        app.MapPost("/admin/policy", policy.PostAsync);
        PoolEndpoint members = new(_options, _pool, _reload);
        app.MapRead("/admin/pool", members.GetAsync);
        app.MapPost("/admin/pool", members.PostAsync);
        app.MapPost("/admin/pool/reload", members.ReloadAsync);
        app.MapDelete("/admin/pool/{**name}", members.DeleteAsync);
        app.MapRead("/admin/usage", new UsageEndpoint(_keys).GetAsync);
        _observation.Map(app);
    }
}

/// <summary>The server cannot listen where it was told to; the message is one sentence.</summary>
public sealed class ServerStartException(string message, Exception inner) : Exception(message, inner);

/// <summary>
/// Leaves signals to the program. The framework's own lifetime would close the port at SIGTERM, before the running
/// requests have finished.
/// </summary>
internal sealed class SignalFreeLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
