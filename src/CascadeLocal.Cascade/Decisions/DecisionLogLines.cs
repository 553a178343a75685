using System.Text.Json;

using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>One line of the decision log, not yet written out. Immutable: it is written on another thread.</summary>
internal interface IDecisionLogLine
{
    /// <summary>Writes the line's one object.</summary>
    void Write(Utf8JsonWriter json);
}

/// <summary>A request that ended.</summary>
internal sealed class RequestLine(CascadeOutcome outcome, string? key, bool includeText) : IDecisionLogLine
{
    public void Write(Utf8JsonWriter json)
    {
        CascadeDecision decision = outcome.Decision;
        json.WriteStartObject();
        json.WriteString("event", "request");
        json.WriteString("id", decision.Id);
        json.WriteString("time", decision.Time.UtcDateTime);
        json.WriteString("key", key);
        json.WriteString("status", outcome.Status);
        WriteDecision(json, decision);
        WriteJudgement(json);
        WritePasses(json);
        json.WriteMillisecondsOrNull("queue_ms", outcome.QueueTime.TotalMilliseconds);
        json.WriteMillisecondsOrNull("embed_ms", decision.EmbedTime?.TotalMilliseconds);
        json.WriteFigures(RequestFigures.Of(outcome));
        json.WriteNumber("draft_offered", outcome.DraftTokensOffered);
        json.WriteNumber("draft_reused", outcome.DraftTokensReused);
        json.WriteString("fallback", outcome.FallbackReason);
        json.WriteString("error", outcome.Error);
        if (includeText)
        {
            json.WriteString("query", outcome.Query);
            json.WriteString("answer", outcome.Answer);
        }

        if (outcome.Shadow is { } shadow)
            ShadowFields.Write(json, shadow, decision.Mode, includeText);
        json.WriteEndObject();
    }

    private void WriteDecision(Utf8JsonWriter json, CascadeDecision decision)
    {
        json.WriteString("policy", decision.PolicyVersion);
        json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Reason.ToString()));
        json.WriteString("cluster", decision.Cluster);
        json.WriteNumberOrNull("distance", decision.CentroidDistance);
        json.WriteBoolean("novel", decision.IsNovel);
        json.WriteNumberOrNull("novelty_p", decision.NoveltyPValue is { } p ? Math.Round(p, 6) : null);
        json.WriteString("stage1_model", decision.StageOneMember);
        json.WriteString("model", outcome.Member);
        json.WritePath(outcome.Path);
    }

    private void WriteJudgement(Utf8JsonWriter json)
    {
        json.WriteBoolean("escalated", outcome.Escalated);
        json.WriteNumberOrNull("accept_probability", outcome.AcceptProbability);
        json.WriteNumberOrNull("target_probability", outcome.TargetProbability);
        json.WriteString("guarantee", outcome.Guarantee.Word);
        json.WriteString("guarantee_reason", outcome.Guarantee.Reason);
    }

    private void WritePasses(Utf8JsonWriter json)
    {
        json.WriteStartArray("passes");
        foreach (CascadePass pass in outcome.Passes)
        {
            (string member, GenerationResult result, string? failure) = pass;
            json.WriteStartObject();
            json.WriteString("model", member);
            json.WriteNumber("prompt_tokens", result.PromptTokens);
            json.WriteNumber("cached_tokens", result.CachedTokens);
            json.WriteNumber("output_tokens", result.OutputTokens);
            json.WriteMillisecondsOrNull("ttft_ms", result.TimeToFirstToken.TotalMilliseconds);
            json.WriteMillisecondsOrNull("tpot_ms", result.TimePerOutputToken?.TotalMilliseconds);
            json.WriteMillisecondsOrNull("e2el_ms", result.EndToEnd.TotalMilliseconds);
            if (pass.Cost is { } cost)
                json.WriteNumber("cost", cost);
            json.WriteString("finish_reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(result.FinishReason.ToString()));
            if (failure is not null)
                json.WriteString("failed", failure);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>
/// What was worked out beside a request, as <c>cascade report --from-log</c> reads it: <c>shadow</c>, the cascade beside the
/// strongest member, or <c>strongest</c>, that member beside the cascade.
/// </summary>
internal static class ShadowFields
{
    public static void Write(Utf8JsonWriter json, ShadowOutcome shadow, CascadeMode mode, bool includeText)
    {
        CascadeOutcome outcome = shadow.Outcome;
        json.WriteStartObject(mode == CascadeMode.Shadow ? "shadow" : "strongest");
        json.WriteString("model", outcome.Member);
        if (mode == CascadeMode.Shadow)
        {
            json.WritePath(outcome.Path);
            json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.Decision.Reason.ToString()));
            json.WriteBoolean("escalated", outcome.Escalated);
            json.WriteNumberOrNull("accept_probability", outcome.AcceptProbability);
            json.WriteNumberOrNull("target_probability", outcome.TargetProbability);
        }

        json.WriteNumberOrNull("output_tokens", outcome.Delivered?.OutputTokens);
        json.WriteFigures(RequestFigures.Of(outcome));
        json.WriteBoolean("agrees", shadow.Agrees);
        if (includeText)
            json.WriteString("answer", outcome.Answer);
        json.WriteEndObject();
    }
}

/// <summary>What somebody said about an answer.</summary>
internal sealed class FeedbackLine(Feedback feedback, string? key) : IDecisionLogLine
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("event", "feedback");
        json.WriteString("id", feedback.Id);
        json.WriteString("time", feedback.Time.UtcDateTime);
        json.WriteString("key", key);
        json.WriteNumber("correct", feedback.Correct);
        json.WriteString("cluster", feedback.Answer?.Cluster);
        json.WriteString("model", feedback.Answer?.Member);
        json.WriteEndObject();
    }
}

/// <summary>What several lines have. Numbers may be missing; one that JSON cannot write counts as missing.</summary>
internal static class JsonWriterExtensions
{
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>Milliseconds to the microsecond.</summary>
    public static void WriteMillisecondsOrNull(this Utf8JsonWriter json, string name, double? value) =>
        json.WriteNumberOrNull(name, value is { } time ? Math.Round(time, 3) : null);

    public static void WriteFigures(this Utf8JsonWriter json, RequestFigures? figures)
    {
        json.WriteMillisecondsOrNull("ttft_ms", figures?.TimeToFirstToken);
        json.WriteMillisecondsOrNull("tpot_ms", figures?.TimePerOutputToken);
        json.WriteMillisecondsOrNull("e2el_ms", figures?.Latency);
        if (figures?.Cost is { } cost)
            json.WriteNumber("cost", cost);
    }

    public static void WritePath(this Utf8JsonWriter json, IReadOnlyList<PathStep> path)
    {
        json.WriteStartArray("path");
        foreach (PathStep step in path)
            json.WriteStringValue(step.ToString());
        json.WriteEndArray();
    }
}
