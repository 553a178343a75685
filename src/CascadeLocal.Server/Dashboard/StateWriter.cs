using System.Text.Json;

using CascadeLocal.Cascade.Policies;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Dashboard;

/// <summary>Writes everything that the dashboard shows at one moment.</summary>
internal sealed class StateWriter(ModelPool pool, ServerState state, DashboardFeed feed, Func<AppliedPolicy?> policy, TimeProvider clock)
{
    private readonly DateTimeOffset _started = clock.GetUtcNow();

    public void Write(Utf8JsonWriter json)
    {
        (IReadOnlyList<CascadeOutcome> recent, DashboardTotals totals) = feed.Ended;
        json.WriteStartObject();
        json.WriteString("type", "state");
        json.WriteString("state", state.Name);
        json.WriteNumber("uptime_s", Math.Round((clock.GetUtcNow() - _started).TotalSeconds));
        json.WriteNumber("requests", totals.Requests);
        json.WriteNumber("escalated", totals.Escalated);
        json.WriteNumber("failed", totals.Failed);
        json.WriteNumber("novel", totals.Novel);
        DashboardWriter.WriteMemberList(json, pool);
        WritePolicy(json, policy());
        json.WriteStartArray("live");
        foreach ((CascadeDecision decision, CascadeVerdict? verdict) in feed.Live)
            DashboardWriter.WriteDecision(json, decision, verdict);
        json.WriteEndArray();
        json.WriteStartArray("recent");
        foreach (CascadeOutcome outcome in recent)
            DashboardWriter.WriteOutcome(json, outcome);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePolicy(Utf8JsonWriter json, AppliedPolicy? view)
    {
        if (view is null)
        {
            json.WriteNull("policy");
            return;
        }

        PoolStatistics statistics = view.Statistics;
        string cost = view.Metric == CostMetric.Cost ? "cost" : "cost_ms";
        json.WriteStartObject("policy");
        json.WriteString("version", view.Version);
        json.WriteString("metric", view.Metric switch { CostMetric.Tpot => "tpot", CostMetric.E2el => "e2el", _ => "cost" });
        WritePoint(json, view.Accuracy, cost, view.Cost);
        json.WriteStartArray("models");
        for (int m = 0; m < statistics.Models.Count; m++)
        {
            json.WriteStartObject();
            json.WriteString("name", statistics.Models[m].Name);
            WritePoint(json, statistics.Accuracy(m), cost, view.CostOf(m));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("clusters");
        for (int c = 0; c < statistics.Clusters.Count; c++)
        {
            json.WriteStartObject();
            json.WriteString("name", statistics.Clusters[c].Name);
            json.WriteNumber("share", statistics.Weight(c));
            json.WriteString("model", statistics.Models[view.Models[c]].Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, double accuracy, string name, double? cost)
    {
        json.WriteNumber("accuracy", accuracy);
        if (cost is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
