using System.Net.Sockets;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Endpoints;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Builder;
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
    // What aborted requests and open connections may still take to end properly.
    private static readonly TimeSpan AbortGrace = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _options;
    private readonly ModelPool _pool;
    private readonly ILogger _logger;
    private readonly DrainGate _gate = new();
    private readonly CancellationTokenSource _stopLoading = new();
    private readonly EmbedderHost _embedders;
    private readonly PolicyHost _policies;
    private readonly Cascade.Routing.Router _router;
    private readonly CascadeRunner _runner;
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
        _router = new(pool, _policies, options.Conversation, loggerFactory.CreateLogger("Router"), options.Cascade);
        _reload = new PoolReloader(options, pool, _logger);
        ServerState state = new(pool, _gate);
        _observation = new Observation(options, pool, state, _policies, _logger);
        ICascadeObserver all = observer is null ? _observation.Observer : new ObserverList(_observation.Observer, observer);
        _runner = new CascadeRunner(_router, all);
        _app = Build(loggerFactory, state);
    }

    /// <summary>The policy in force.</summary>
    internal PolicyHost Policies => _policies;

    /// <summary>Where it listens, once started.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Opens the port, then loads the models in the background.</summary>
    /// <exception cref="ServerStartException">The address cannot be listened on, or the decision log not written.</exception>
    public async Task StartAsync()
    {
        _observation.Open();
        try
        {
            await _app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            string reason = e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException
                ? "it is in use"
                : e.Message;
            throw new ServerStartException($"Cannot listen on {_options.Address} port {_options.Port}: {reason}.", e);
        }

        _logger.LogInformation("Listening on {Address}; loading {Count} model(s)", Address, _pool.Members.Count);
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
        catch (OperationCanceledException)
        {
            // The server is told to stop before it was ready.
        }

        _gate.Open();
    }

    /// <summary>
    /// Refuses new work, lets running requests finish within the drain timeout, ends the rest, then closes the port.
    /// </summary>
    public async Task DrainAsync()
    {
        Task idle = _gate.BeginDrain();
        _pool.Drain();
        await _stopLoading.CancelAsync();
        if (!idle.IsCompleted)
            _logger.LogInformation("Draining: running requests may finish within {Seconds} s", _options.DrainTimeout.TotalSeconds);
        if (!await EndsWithinAsync(idle, _options.DrainTimeout))
        {
            _logger.LogWarning("Ending requests that still run after the drain timeout");
            _gate.Abort();
            await EndsWithinAsync(idle, AbortGrace);
        }

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
            kestrel.Limits.MinResponseDataRate = null; // EventStream drops readers that stopped.
            kestrel.Listen(_options.Address, _options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });

        WebApplication app = builder.Build();
        ApiKeys keys = new(_options.ApiKeys);
        RequestPipeline pipeline = new(_gate, new HostGuard(_options), keys, _logger);
        AdminGuard admin = new(_options.AdminKey);
        app.Use(pipeline.LogAsync);
        app.Use(pipeline.CatchAsync);
        app.Use(pipeline.GuardHostAsync);
        if (_options.CorsOrigins.Count > 0)
            app.UseCors();
        app.UseRouting();
        app.Use(pipeline.GuardApiAsync);
        app.Use(admin.GuardAsync);
        MapEndpoints(app, keys, state);
        return app;
    }

    private void MapEndpoints(WebApplication app, ApiKeys keys, ServerState state)
    {
        HealthEndpoints health = new(_pool, state, keys);
        ModelsEndpoint models = new(_pool, _policies, TimeProvider.System);
        app.MapGet("/health", health.HealthAsync);
        app.MapGet("/ready", health.ReadyAsync);
        app.MapGet("/v1/models", models.ListAsync);
        app.MapGet("/v1/models/{**id}", models.GetAsync);
        ChatCompletionsEndpoint chat = new(_options, _pool, _router, _runner, _gate);
        app.MapPost("/v1/chat/completions", chat.HandleAsync);
        app.MapPost("/v1/cascade/decide", chat.DecideAsync);
        app.MapPost("/v1/embeddings", new EmbeddingsEndpoint(_options, _embedders, _gate).HandleAsync);
        PolicyEndpoint policy = new(_options, _policies);
        app.MapGet("/admin/policy", policy.GetAsync);
        app.MapPost("/admin/policy", policy.PostAsync);
        PoolEndpoint members = new(_options, _pool, _reload);
        app.MapGet("/admin/pool", members.GetAsync);
        app.MapPost("/admin/pool", members.PostAsync);
        app.MapPost("/admin/pool/reload", members.ReloadAsync);
        app.MapDelete("/admin/pool/{**name}", members.DeleteAsync);
        _observation.Map(app);
    }
}
