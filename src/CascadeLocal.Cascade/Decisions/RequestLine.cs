using System.Text.Json;

using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>A request that ended.</summary>
internal sealed class RequestLine(CascadeOutcome outcome, bool includeText) : IDecisionLogLine
{
    public void Write(Utf8JsonWriter json)
    {
        CascadeDecision decision = outcome.Decision;
        json.WriteStartObject();
        json.WriteString("event", "request");
        json.WriteString("id", decision.Id);
        json.WriteString("time", decision.Time.UtcDateTime);
        json.WriteString("status", RequestStatus.Of(outcome));
        WriteDecision(json, decision);
        WriteJudgement(json);
        WritePasses(json);
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
        json.WriteString("stage1_model", decision.StageOneModel);
        json.WriteString("model", outcome.Model);
        json.WritePath(outcome.Path);
    }

    private void WriteJudgement(Utf8JsonWriter json)
    {
        json.WriteBoolean("escalated", outcome.Escalated);
        json.WriteNumberOrNull("p_own", outcome.AcceptProbability);
        json.WriteNumberOrNull("p_target", outcome.TargetProbability);
        json.WriteString("guarantee", outcome.Guarantee);
    }

    private void WritePasses(Utf8JsonWriter json)
    {
        json.WriteStartArray("passes");
        foreach ((string model, GenerationResult result) in outcome.Passes)
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteNumber("prompt_tokens", result.PromptTokens);
            json.WriteNumber("cached_tokens", result.CachedTokens);
            json.WriteNumber("output_tokens", result.OutputTokens);
            json.WriteMillisecondsOrNull("ttft_ms", result.TimeToFirstToken.TotalMilliseconds);
            json.WriteMillisecondsOrNull("tpot_ms", result.TimePerOutputToken?.TotalMilliseconds);
            json.WriteMillisecondsOrNull("e2el_ms", result.EndToEnd.TotalMilliseconds);
            json.WriteString("finish_reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(result.FinishReason.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
