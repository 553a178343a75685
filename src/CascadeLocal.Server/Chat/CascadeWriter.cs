using System.Globalization;
using System.Text.Json;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// Writes the <c>cascade</c> object: who answered, why, what was judged, and every pass, since SDKs do not show headers.
/// </summary>
internal static class CascadeWriter
{
    private const int Digits = 4;

    public static void Write(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        json.WriteStartObject("cascade");
        WriteDecision(json, outcome.Decision, outcome.Member, outcome.Path);
        json.WriteBoolean("escalated", outcome.Escalated);
        WriteProbability(json, "accept_probability", outcome.AcceptProbability);
        WriteProbability(json, "target_probability", outcome.TargetProbability);
        WriteGuarantee(json, outcome.Guarantee);
        json.WriteString("fallback", outcome.FallbackReason);
        json.WriteBoolean("budget_exhausted", outcome.End == RequestEnd.BudgetExhausted);
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
    public static void WriteDecision(Utf8JsonWriter json, CascadeDecision decision, string member, IEnumerable<PathStep> path)
    {
        json.WriteString("cluster", decision.Cluster);
        json.WriteString("stage1_model", decision.StageOneMember);
        json.WriteString("model", member);
        json.WriteStartArray("path");
        foreach (PathStep step in path)
            json.WriteStringValue(step.ToString());
        json.WriteEndArray();
        json.WriteString("reason", ReasonName(decision.Reason));
        if (decision.Mode == CascadeMode.Shadow)
            json.WriteString("mode", "shadow");
        if (decision.NoveltyPValue is { } novelty)
        {
            json.WriteBoolean("novel", decision.IsNovel);
            WriteProbability(json, "novelty_p", novelty);
        }

        json.WriteString("policy", decision.PolicyVersion ?? "none");
        json.WriteMilliseconds("embed_ms", decision.EmbedTime);
    }

    /// <summary>What is promised, and why nothing is where the policy promises something.</summary>
    public static void WriteGuarantee(Utf8JsonWriter json, Promise guarantee)
    {
        json.WriteString("guarantee", guarantee.Word);
        if (guarantee.Reason is { } reason)
            json.WriteString("guarantee_reason", reason);
    }

    private static void WriteFigures(Utf8JsonWriter json, RequestFigures? figures)
    {
        json.WriteMilliseconds("ttft_ms", Time(figures?.TimeToFirstToken));
        json.WriteMilliseconds("tpot_ms", Time(figures?.TimePerOutputToken));
        json.WriteMilliseconds("e2el_ms", Time(figures?.Latency));
        if (figures?.Cost is { } cost)
            json.WriteNumber("cost", cost);
    }

    private static void WriteVerdict(Utf8JsonWriter json, CascadeVerdict verdict)
    {
        json.WriteStartObject();
        json.WriteString("model", verdict.Member);
        json.WriteBoolean("accepted", verdict.Accepted);
        json.WriteBoolean("early", verdict.Early);
        json.WriteNumber("output_tokens", verdict.OutputTokens);
        WriteProbability(json, "accept_probability", verdict.AcceptProbability);
        WriteProbability(json, "target_probability", verdict.TargetProbability);
        json.WriteString("escalates_to", verdict.EscalatesTo);
        json.WriteEndObject();
    }

    private static void WritePass(Utf8JsonWriter json, CascadePass pass)
    {
        GenerationResult result = pass.Result;
        json.WriteStartObject();
        json.WriteString("model", pass.Member);
        json.WriteNumber("prompt_tokens", result.PromptTokens);
        json.WriteNumber("cached_tokens", result.CachedTokens);
        json.WriteNumber("output_tokens", result.OutputTokens);
        json.WriteMilliseconds("ttft_ms", result.TimeToFirstToken);
        json.WriteMilliseconds("tpot_ms", result.TimePerOutputToken);
        json.WriteMilliseconds("e2el_ms", result.EndToEnd);
        if (pass.Cost is { } cost)
            json.WriteNumber("cost", cost);
        if (result.Draft is { } draft)
        {
            json.WriteStartObject("draft");
            json.WriteNumber("offered", draft.Given);
            json.WriteNumber("verified", draft.Verified);
            json.WriteNumber("reused", draft.Reused);
            json.WriteMilliseconds("verify_ms", draft.Time);
            json.WriteEndObject();
        }

        if (pass.Failure is { } failure)
            json.WriteString("failed", failure);
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

    private static string ReasonName(RoutingReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}

/// <summary>Says in headers who answers and why. A stream's headers leave before anything was judged.</summary>
internal static class DecisionHeaders
{
    private const string Pending = "pending";

    /// <summary>The fields of the request that changed nothing.</summary>
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="fields">Their names; clients may have called them anything.</param>
    public static void WriteIgnored(HttpResponse response, IReadOnlyList<string> fields)
    {
        if (fields.Count > 0)
            response.Headers["x-cascade-ignored"] = string.Join(", ", fields.Select(Uri.EscapeDataString));
    }

    /// <summary>What is known before the answer.</summary>
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="decision">Who begins to answer.</param>
    public static void Write(HttpResponse response, CascadeDecision decision)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = Ascii(decision.Member);
        headers["x-cascade-path"] = Ascii(string.Join(", ", decision.Path));
        headers["x-cascade-escalated"] = decision.EscalatesTo.Count > 0 ? Pending : "false";
        if (decision.Reason == RoutingReason.Pinned)
            return;
        headers["x-cascade-policy"] = decision.PolicyVersion ?? "none";
        WriteGuarantee(headers, decision.Guarantee);
        if (decision.Mode == CascadeMode.Shadow)
            headers["x-cascade-mode"] = "shadow";
        // A cluster may be called anything.
        if (decision.Cluster is { } cluster)
            headers["x-cascade-cluster"] = Uri.EscapeDataString(cluster);
        if (decision.StageOneMember is { } model)
            headers["x-cascade-stage1-model"] = Ascii(model);
        if (decision.Reason == RoutingReason.Fallback)
            headers["x-cascade-fallback"] = Ascii(decision.Path[0].ToString());
    }

    /// <summary>What is known after it, over what was known before.</summary>
    /// <param name="response">The response, not yet begun.</param>
    /// <param name="outcome">How it went.</param>
    public static void Write(HttpResponse response, CascadeOutcome outcome)
    {
        IHeaderDictionary headers = response.Headers;
        headers["x-cascade-model"] = Ascii(outcome.Member);
        headers["x-cascade-path"] = Ascii(string.Join(", ", outcome.Path));
        headers["x-cascade-escalated"] = outcome.Escalated ? "true" : "false";
        if (outcome.Decision.Reason == RoutingReason.Pinned)
            return;
        WriteGuarantee(headers, outcome.Guarantee);
        if (outcome.AcceptProbability is { } probability)
            headers["x-cascade-accept-probability"] = probability.ToString("0.####", CultureInfo.InvariantCulture);
        if (outcome.FallbackReason is { } reason)
            headers["x-cascade-fallback"] = Ascii(reason);
    }

    /// <summary>A header holds ASCII only: other letters of a name stand as in an address, as %XX of their UTF-8.</summary>
    private static string Ascii(string names) => System.Text.Ascii.IsValid(names)
        ? names
        : string.Concat(names.EnumerateRunes().Select(letter => letter.IsAscii ? letter.ToString() : Uri.EscapeDataString(letter.ToString())));

    private static void WriteGuarantee(IHeaderDictionary headers, Promise guarantee)
    {
        headers["x-cascade-guarantee"] = guarantee.Word;
        if (guarantee.Reason is { } reason)
            headers["x-cascade-guarantee-reason"] = reason;
    }
}
