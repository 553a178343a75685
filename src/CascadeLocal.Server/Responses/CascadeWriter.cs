using System.Text.Json;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>
/// Writes the <c>cascade</c> object: who answered, why, what was judged, and every pass, since SDKs do not show headers.
/// </summary>
internal static class CascadeWriter
{
    private const int Digits = 4;

    public static void Write(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        json.WriteStartObject("cascade");
        WriteDecision(json, outcome.Decision, outcome.Model, outcome.Path);
        json.WriteBoolean("escalated", outcome.Escalated);
        WriteProbability(json, "accept_probability", outcome.AcceptProbability);
        WriteProbability(json, "target_probability", outcome.TargetProbability);
        json.WriteString("guarantee", outcome.Guarantee);
        json.WriteNullableString("fallback", outcome.FallbackReason);
        json.WriteBoolean("budget_exhausted", outcome.BudgetExhausted);
        json.WriteNumber("draft_tokens_offered", outcome.DraftTokensOffered);
        json.WriteNumber("draft_tokens_reused", outcome.DraftTokensReused);
        WriteFigures(json, RequestFigures.Of(outcome));
        json.WriteStartArray("verdicts");
        foreach (CascadeVerdict verdict in outcome.Verdicts)
            WriteVerdict(json, verdict);
        json.WriteEndArray();
        json.WriteStartArray("passes");
        foreach (CascadePass pass in outcome.Passes)
            WritePass(json, pass);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The decision, as properties of the object that is open.</summary>
    public static void WriteDecision(Utf8JsonWriter json, CascadeDecision decision, string model, IEnumerable<PathStep> path)
    {
        json.WriteNullableString("cluster", decision.Cluster);
        json.WriteNullableString("stage1_model", decision.StageOneModel);
        json.WriteString("model", model);
        json.WriteStartArray("path");
        foreach (PathStep step in path)
            json.WriteStringValue(step.ToString());
        json.WriteEndArray();
        json.WriteString("reason", ReasonName(decision.Reason));
        if (decision.Mode == CascadeMode.Shadow)
            json.WriteString("mode", "shadow");
        json.WriteString("policy", decision.PolicyVersion ?? "none");
        json.WriteMilliseconds("embed_ms", decision.EmbedTime);
    }

    private static void WriteFigures(Utf8JsonWriter json, RequestFigures? figures)
    {
        json.WriteMilliseconds("ttft_ms", Time(figures?.TimeToFirstToken));
        json.WriteMilliseconds("tpot_ms", Time(figures?.TimePerOutputToken));
        json.WriteMilliseconds("e2el_ms", Time(figures?.Latency));
    }

    private static void WriteVerdict(Utf8JsonWriter json, CascadeVerdict verdict)
    {
        json.WriteStartObject();
        json.WriteString("model", verdict.Model);
        json.WriteBoolean("accepted", verdict.Accepted);
        json.WriteBoolean("early", verdict.Early);
        json.WriteNumber("output_tokens", verdict.OutputTokens);
        WriteProbability(json, "accept_probability", verdict.AcceptProbability);
        WriteProbability(json, "target_probability", verdict.TargetProbability);
        json.WriteNullableString("escalates_to", verdict.EscalatesTo);
        json.WriteEndObject();
    }

    private static void WritePass(Utf8JsonWriter json, CascadePass pass)
    {
        GenerationResult result = pass.Result;
        json.WriteStartObject();
        json.WriteString("model", pass.Model);
        json.WriteNumber("prompt_tokens", result.PromptTokens);
        json.WriteNumber("cached_tokens", result.CachedTokens);
        json.WriteNumber("output_tokens", result.OutputTokens);
        json.WriteMilliseconds("ttft_ms", result.TimeToFirstToken);
        json.WriteMilliseconds("tpot_ms", result.TimePerOutputToken);
        json.WriteMilliseconds("e2el_ms", result.EndToEnd);
        if (result.Draft is { } draft)
        {
            json.WriteStartObject("draft");
            json.WriteNumber("offered", draft.Given);
            json.WriteNumber("verified", draft.Verified);
            json.WriteNumber("reused", draft.Reused);
            json.WriteMilliseconds("verify_ms", draft.Time);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static TimeSpan? Time(double? milliseconds) => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private static void WriteProbability(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } probability)
            json.WriteNumber(name, Math.Round(probability, Digits));
        else
            json.WriteNull(name);
    }

    private static string ReasonName(RoutingReason reason) =>
        reason == RoutingReason.NoPolicy ? "no_policy" : reason.ToString().ToLowerInvariant();
}
