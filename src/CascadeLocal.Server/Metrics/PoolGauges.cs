using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;

namespace CascadeLocal.Server.Metrics;

/// <summary>What the members are doing, read from their engines when somebody asks.</summary>
internal static class PoolGauges
{
    public static void Add(Meter meter, ModelPool pool)
    {
        IEnumerable<Measurement<long>> Read(Func<EngineStatus, long> value) => pool.Members
            .Where(member => member.Status is not null)
            .Select(member => new Measurement<long>(value(member.Status!), new KeyValuePair<string, object?>("model", member.Name)));

        meter.CreateObservableGauge("cascade.queue.length", () => Read(s => s.Waiting), "{request}", "Requests that wait for a sequence.");
        meter.CreateObservableGauge("cascade.running", () => Read(s => s.Running), "{request}", "Sequences in prefill or decode.");
        meter.CreateObservableGauge("cascade.kv.cells.used", () => Read(s => s.KvCellsUsed), "{cell}", "KV cells that hold a token, running and cached.");
        meter.CreateObservableGauge("cascade.kv.cells", () => Read(s => s.KvCells), "{cell}", "KV cells in all.");
        meter.CreateObservableCounter("cascade.steps", () => Read(s => s.Steps), "{step}", "Decode steps.");
        meter.CreateObservableCounter("cascade.prefill.tokens", () => Read(s => s.PrefillTokens), "{token}", "Prompt tokens evaluated.");
        meter.CreateObservableCounter("cascade.output.tokens", () => Read(s => s.OutputTokens), "{token}", "Tokens generated, discarded ones included.");
        meter.CreateObservableCounter("cascade.preemptions", () => Read(s => s.Preemptions), "{sequence}", "Sequences preempted for want of KV cells.");
    }
}
