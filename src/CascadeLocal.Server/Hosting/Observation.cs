using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Dashboard;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Metrics;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Telemetry;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

using OpenTelemetry.Trace;

namespace CascadeLocal.Server.Hosting;

/// <summary>Everything that watches requests: decision log, feedback, metrics, traces, dashboard.</summary>
internal sealed class Observation : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly DecisionLog? _log;
    private readonly RecentAnswers _answers = new();
    private readonly ServerMetrics _metrics;
    private readonly TracerProvider? _tracing;
    private readonly ExportFaults? _exportFaults;
    private readonly DashboardFeed _feed;
    private readonly StateWriter _state;
    private readonly KeyRing _keys;

    /// <param name="options">What the server was told.</param>
    /// <param name="pool">The members.</param>
    /// <param name="state">The server's state.</param>
    /// <param name="policies">The policy in force, and whether traffic is still what it was fitted for.</param>
    /// <param name="keys">Charged with what their requests used.</param>
    /// <param name="door">What every request passes; there by the time that somebody looks.</param>
    /// <param name="logger">For what goes wrong.</param>
    public Observation(ServerOptions options, ModelPool pool, ServerState state, PolicyHost policies, KeyRing keys, Func<Admission> door, ILogger logger)
    {
        (_options, _keys) = (options, keys);
        _log = options.DecisionLog is { } log ? new DecisionLog(log, salt => keys.FindAccount(salt)?.Name, logger) : null;
        _exportFaults = options.Telemetry is null ? null : new ExportFaults(logger, TimeProvider.System);
        _tracing = OtlpExport.StartTracing(options.Telemetry);
        _metrics = new ServerMetrics(pool, keys, door, () => _log?.Dropped ?? 0, policies, options.Telemetry);
        _feed = new DashboardFeed(pool, state);
        _state = new StateWriter(pool, state, _feed, () => policies.Applied, TimeProvider.System);
        SpanObserver spans = new(options.Address.ToString(), options.Port);
        ICascadeObserver[] observers = [_metrics.Observer, new UsageObserver(keys), spans, _answers, _feed, policies.Drift];
        Observer = new ObserverList(_log is null ? observers : [.. observers, _log]);
    }

    /// <summary>What requests are reported to.</summary>
    public ICascadeObserver Observer { get; }

    /// <summary>Checks that the decision log can be written.</summary>
    /// <exception cref="ServerStartException">It cannot.</exception>
    public void Open()
    {
        try
        {
            _log?.Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"The decision log {_options.DecisionLog!.Path} cannot be written: {e.Message}", e);
        }
    }

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/feedback", new FeedbackEndpoint(_options, _log, _answers, _metrics, TimeProvider.System).HandleAsync).WithMetadata(Unmetered.Instance);
        _metrics.Map(app).WithMetadata(KeyRequired.Instance);
        new DashboardEndpoints(_options, _feed, _state, _keys).Map(app);
    }

    /// <summary>Ends the streams of the dashboard, which otherwise have no end.</summary>
    public void CloseStreams() => _feed.Close();

    /// <summary>Writes out what is queued for the decision log; later requests are not logged.</summary>
    public async ValueTask FlushAsync()
    {
        if (_log is not null)
            await _log.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _feed.Close();
        _feed.Dispose();
        await FlushAsync();
        // What is still to be sent is sent now, for at most five seconds each.
        _metrics.Dispose();
        _tracing?.Dispose();
        _exportFaults?.Dispose();
    }
}
