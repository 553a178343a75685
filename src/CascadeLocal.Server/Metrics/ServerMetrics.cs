using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Telemetry;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace CascadeLocal.Server.Metrics;

/// <summary>All metrics of one server, GET /metrics in Prometheus' formats, and the same by OTLP where that is configured.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter whose instruments are served; others of this process may make some under its name as well.</summary>
    public const string MeterName = "CascadeLocal";

    // What OpenTelemetry gives an instrument; beyond it the labels are lost.
    private const int DefaultSeries = 2_000;

    // Members come and go while the server runs, and what was used of those that are gone is still told.
    private const int LeastMembers = 8;

    private readonly Meter _meter = new(MeterName);
    private readonly MeterProvider _provider;
    private readonly CascadeMetrics _cascade;

    public ServerMetrics(
        ModelPool pool, KeyRing keys, Func<Admission> door, Func<long> droppedLogLines, PolicyHost policies, TelemetryOptions? telemetry)
    {
        int members = Math.Max(LeastMembers, 2 * pool.Members.Count);
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MeterName)
            .AddView(instrument => KeyCounters.MostSeries(instrument.Name, keys.MostNames, members) is > DefaultSeries and var most
                ? new MetricStreamConfiguration { CardinalityLimit = most }
                : null)
            .AddPrometheusExporter(options =>
            {
                options.ScopeInfoEnabled = false;
                options.TargetInfoEnabled = false;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .AddOtlp(telemetry)
            .Build();
        _cascade = new CascadeMetrics(_meter);
        PoolGauges.Add(_meter, pool);
        KeyCounters.Add(_meter, keys);
        _meter.CreateObservableGauge("cascade.door.waiting", () => door().Waiting, "{request}", "Requests that wait at the door.");
        _meter.CreateObservableGauge("cascade.door.inside", () => door().Inside, "{answer}", "Places behind the door that are taken: of every request, and of each further answer of it that has begun.");
        _meter.CreateObservableCounter(
            "cascade.decision_log.dropped", droppedLogLines, "{line}", "Lines of the decision log that could not be written.");
        _meter.CreateObservableGauge(
            "cascade.drift.alarm", () => policies.Drift.IsAlarmed ? 1 : 0, description: "1 where traffic is other than the policy was fitted for, else 0.");
        _meter.CreateObservableGauge(
            "cascade.policy.in_force",
            () => policies.Folder is null && policies.Version is null ? [] : (Measurement<int>[])[new(policies.Version is null ? 0 : 1)],
            description: "1 where a policy is in force, 0 where one is configured and none is.");
        Observer = new ObserverList(new GenAiMetrics(_meter), _cascade);
    }

    public ICascadeObserver Observer { get; }

    public void RecordFeedback(Feedback feedback) => _cascade.RecordFeedback(feedback);

    public IEndpointConventionBuilder Map(IEndpointRouteBuilder app) =>
        app.MapPrometheusScrapingEndpoint("/metrics", _provider, configureBranchedPipeline: null, optionsName: null)
            .WithMetadata(new HttpMethodMetadata(["GET", "HEAD"]));

    public void Dispose()
    {
        // First: it reads the gauges a last time for the collector.
        _provider.Dispose();
        _meter.Dispose();
    }
}

/// <summary>What the members are doing, read from their engines when somebody asks.</summary>
internal static class PoolGauges
{
    public static void Add(Meter meter, ModelPool pool)
    {
        // While a member is being replaced there are two of its name, which are one series.
        IEnumerable<Measurement<long>> Sum(Func<PoolMember, long?> value) => pool.Members
            .Select(member => (member.Name, Value: value(member)))
            .Where(read => read.Value is not null)
            .GroupBy(read => read.Name, StringComparer.Ordinal)
            .Select(same => new Measurement<long>(same.Sum(read => read.Value!.Value), new KeyValuePair<string, object?>("model", same.Key)));

        IEnumerable<Measurement<long>> Read(Func<EngineStatus, long> value) => Sum(member => member.Local is { } local ? value(local.Status) : null);

        IEnumerable<Measurement<long>> Loads(Func<MemberLoad, long> value) => Sum(member => member.Load is { } load ? value(load) : null);

        meter.CreateObservableGauge("cascade.queue.length", () => Loads(l => l.Waiting), "{request}", "Requests that a member has taken and not begun.");
        meter.CreateObservableGauge("cascade.running", () => Loads(l => l.Running), "{request}", "Requests that a member works on.");
        meter.CreateObservableGauge(
            "cascade.remote.circuit",
            () => pool.MembersByName.Where(m => m.Remote is not null).Select(m => new Measurement<int>((int)m.Remote!.Circuit.State, new KeyValuePair<string, object?>("model", m.Name))),
            description: "Whether a member elsewhere is asked: 0 yes, 1 no, 2 one request tries.");
        meter.CreateObservableGauge("cascade.kv.cells.used", () => Read(s => s.KvCellsUsed), "{cell}", "KV cells that hold a token, running and cached.");
        meter.CreateObservableGauge("cascade.kv.cells", () => Read(s => s.KvCells), "{cell}", "KV cells in all.");
        meter.CreateObservableCounter("cascade.steps", () => Read(s => s.Steps), "{step}", "Decode steps.");
        meter.CreateObservableCounter("cascade.prefill.tokens", () => Read(s => s.PrefillTokens), "{token}", "Prompt tokens evaluated.");
        meter.CreateObservableCounter("cascade.output.tokens", () => Read(s => s.OutputTokens), "{token}", "Tokens generated, discarded ones included.");
        meter.CreateObservableGauge(
            "cascade.prefix_cache.bytes", () => Read(s => s.StoredPrefixes.Bytes), "By", "Memory of the prefixes that are kept outside the KV cache.");
        meter.CreateObservableGauge(
            "cascade.prefix_cache.prefixes", () => Read(s => s.StoredPrefixes.Prefixes), "{prefix}", "Prefixes that are kept outside the KV cache.");
        meter.CreateObservableCounter(
            "cascade.prefix_cache.saves", () => Read(s => s.StoredPrefixes.Saved), "{prefix}", "Prefixes written when they lost their sequence.");
        meter.CreateObservableCounter(
            "cascade.prefix_cache.restores", () => Read(s => s.StoredPrefixes.Restored), "{prefix}", "Prompts that went on from a prefix kept outside.");
        meter.CreateObservableCounter(
            "cascade.prefix_cache.restored.tokens", () => Read(s => s.StoredPrefixes.RestoredTokens), "{token}", "Prompt tokens restored in place of being evaluated.");
        meter.CreateObservableCounter(
            "cascade.prefix_cache.evictions", () => Read(s => s.StoredPrefixes.Evicted), "{prefix}", "Prefixes given up for others.");
        meter.CreateObservableCounter("cascade.drafted.ahead", () => Read(s => s.AheadTokensVerified), "{token}", "Tokens drafted ahead that were verified.");
        meter.CreateObservableCounter("cascade.drafted.ahead.taken", () => Read(s => s.AheadTokensTaken), "{token}", "Tokens drafted ahead that answers took, each of which saved a decode.");
        meter.CreateObservableCounter("cascade.preemptions", () => Read(s => s.Preemptions), "{sequence}", "Sequences preempted for want of KV cells.");
    }
}

/// <summary>Instruments in one line.</summary>
internal static class MeterExtensions
{
    /// <param name="meter">Whose instrument it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="unit">The unit of what is recorded.</param>
    /// <param name="description">One sentence for people.</param>
    /// <param name="buckets">Upper bounds.</param>
    public static Histogram<T> CreateHistogram<T>(this Meter meter, string name, string unit, string description, T[] buckets)
        where T : struct =>
        meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets });
}
