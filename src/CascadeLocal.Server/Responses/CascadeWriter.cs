using System.Text.Json;

using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes the <c>cascade</c> object: who answered, why, and every pass, since SDKs do not show headers.</summary>
internal static class CascadeWriter
{
    public static void Write(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        json.WriteStartObject("cascade");
        WriteDecision(json, outcome.Decision, outcome.Model, outcome.Escalated);
        json.WriteStartArray("passes");
        foreach (CascadePass pass in outcome.Passes)
            WritePass(json, pass);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The decision, as properties of the object that is open.</summary>
    public static void WriteDecision(Utf8JsonWriter json, CascadeDecision decision, string model, bool escalated)
    {
        json.WriteNullableString("cluster", decision.Cluster);
        json.WriteNullableString("stage1_model", decision.StageOneModel);
        json.WriteString("model", model);
        json.WriteStartArray("path");
        foreach (PathStep step in decision.Path)
            json.WriteStringValue(step.ToString());
        json.WriteEndArray();
        json.WriteString("reason", ReasonName(decision.Reason));
        json.WriteBoolean("escalated", escalated);
        json.WriteString("policy", decision.PolicyVersion ?? "none");
        json.WriteMilliseconds("embed_ms", decision.EmbedTime);
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
        json.WriteEndObject();
    }

    private static string ReasonName(RoutingReason reason) =>
        reason == RoutingReason.NoPolicy ? "no_policy" : reason.ToString().ToLowerInvariant();
}
