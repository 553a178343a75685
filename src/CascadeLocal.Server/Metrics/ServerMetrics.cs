using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace CascadeLocal.Server.Metrics;

/// <summary>All metrics of one server, and GET /metrics in Prometheus' formats.</summary>
internal sealed class ServerMetrics : IDisposable
{
    private const string MeterName = "CascadeLocal";

    private readonly Meter _meter = new(MeterName);
    private readonly MeterProvider _provider;
    private readonly CascadeMetrics _cascade;

    public ServerMetrics(ModelPool pool, Func<long> droppedLogLines, Func<bool> drifts)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MeterName)
            .AddPrometheusExporter(options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();
        _cascade = new CascadeMetrics(_meter);
        PoolGauges.Add(_meter, pool);
        _meter.CreateObservableCounter(
            "cascade.decision_log.dropped", droppedLogLines, "{line}", "Lines of the decision log that could not be written.");
        _meter.CreateObservableGauge(
            "cascade.drift.alarm", () => drifts() ? 1 : 0, description: "1 where traffic is other than the policy was fitted for, else 0.");
        Observer = new ObserverList(new GenAiMetrics(_meter), _cascade);
    }

    public ICascadeObserver Observer { get; }

    public void RecordFeedback(Feedback feedback) => _cascade.RecordFeedback(feedback);

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder app) =>
        app.MapPrometheusScrapingEndpoint("/metrics", _provider, configureBranchedPipeline: null, optionsName: null);

    public void Dispose()
    {
        _meter.Dispose();
        _provider.Dispose();
    }
}
