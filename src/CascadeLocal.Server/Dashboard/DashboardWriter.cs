using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Models;

namespace CascadeLocal.Server.Dashboard;

/// <summary>Writes the events of the feed and their parts; the type of an event is in its first property. Never any text.</summary>
internal static class DashboardWriter
{
    public static void WriteDecided(Utf8JsonWriter json, CascadeDecision decision)
    {
        Start(json, "decided");
        json.WritePropertyName("request");
        WriteDecision(json, decision, null);
        json.WriteEndObject();
    }

    public static void WriteJudged(Utf8JsonWriter json, CascadeVerdict verdict)
    {
        Start(json, "judged");
        json.WriteString("id", verdict.Id);
        json.WritePropertyName("verdict");
        WriteVerdict(json, verdict);
        json.WriteEndObject();
    }

    public static void WriteCompleted(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        Start(json, "completed");
        json.WritePropertyName("request");
        WriteOutcome(json, outcome);
        json.WriteEndObject();
    }

    public static void WriteMembers(Utf8JsonWriter json, string state, ModelPool pool)
    {
        Start(json, "members");
        json.WriteString("state", state);
        WriteMemberList(json, pool);
        json.WriteEndObject();
    }

    public static void WriteMemberList(Utf8JsonWriter json, ModelPool pool)
    {
        json.WriteStartArray("members");
        foreach (PoolMember member in pool.Members)
        {
            json.WriteStartObject();
            json.WriteString("name", member.Name);
            if (member.Capabilities?.ParameterCount is { } parameters)
                json.WriteNumber("parameters", parameters);
            if (member.Local is { } local)
                json.WriteString("quantization", local.Info.Quantization);

            MemberWriter.WriteActivity(json, member);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteDecision(Utf8JsonWriter json, CascadeDecision decision, CascadeVerdict? verdict)
    {
        json.WriteStartObject();
        WriteDecisionFields(json, decision);
        json.WriteString("model", decision.Member);
        if (verdict is not null)
        {
            json.WritePropertyName("verdict");
            WriteVerdict(json, verdict);
        }

        json.WriteEndObject();
    }

    public static void WriteOutcome(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        RequestFigures? figures = RequestFigures.Of(outcome);
        json.WriteStartObject();
        WriteDecisionFields(json, outcome.Decision);
        json.WriteString("model", outcome.Member);
        json.WriteString("status", outcome.Status);
        json.WriteBoolean("escalated", outcome.Escalated);
        json.WriteStartArray("path");
        foreach (PathStep step in outcome.Path)
        {
            json.WriteStartObject();
            json.WriteString("model", step.Member);
            json.WriteString("skipped", step.Skipped);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("verdicts");
        foreach (CascadeVerdict verdict in outcome.Verdicts)
            WriteVerdict(json, verdict);
        json.WriteEndArray();
        WriteNumber(json, "accept_probability", outcome.AcceptProbability);
        WriteNumber(json, "target_probability", outcome.TargetProbability);
        json.WriteString("fallback", outcome.FallbackReason);
        WriteNumber(json, "ttft_ms", figures?.TimeToFirstToken);
        WriteNumber(json, "tpot_ms", figures?.TimePerOutputToken);
        WriteNumber(json, "e2el_ms", figures?.Latency);
        if (figures?.Cost is { } cost)
            json.WriteNumber("cost", cost);
        json.WriteNumber("tokens", outcome.Delivered?.OutputTokens ?? 0);
        json.WriteStartArray("passes");
        foreach ((string member, GenerationResult result, _) in outcome.Passes)
        {
            json.WriteStartObject();
            json.WriteString("model", member);
            json.WriteNumber("tokens", result.OutputTokens);
            WriteNumber(json, "tpot_ms", result.TimePerOutputToken?.TotalMilliseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteDecisionFields(Utf8JsonWriter json, CascadeDecision decision)
    {
        json.WriteString("id", decision.Id);
        json.WriteString("time", decision.Time.UtcDateTime);
        json.WriteString("cluster", decision.Cluster);
        json.WriteBoolean("novel", decision.IsNovel);
        json.WriteString("start", decision.Member);
        json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Reason.ToString()));
    }

    private static void WriteVerdict(Utf8JsonWriter json, CascadeVerdict verdict)
    {
        json.WriteStartObject();
        json.WriteString("model", verdict.Member);
        json.WriteBoolean("accepted", verdict.Accepted);
        json.WriteBoolean("early", verdict.Early);
        WriteNumber(json, "accept_probability", verdict.AcceptProbability);
        json.WriteString("escalates_to", verdict.EscalatesTo);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, Math.Round(number, 4));
        else
            json.WriteNull(name);
    }

    private static void Start(Utf8JsonWriter json, string type)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
    }
}
