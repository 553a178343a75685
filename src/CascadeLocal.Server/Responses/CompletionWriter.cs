using System.Text.Json;

using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes a whole answer, and the parts that it shares with a stream.</summary>
internal static class CompletionWriter
{
    public static void Write(Utf8JsonWriter json, CompletionIdentity identity, string text, CascadeOutcome outcome)
    {
        GenerationResult result = outcome.Passes[^1].Result;
        json.WriteStartObject();
        WriteIdentity(json, identity, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        json.WriteNull("refusal");
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", FinishReasonName(result.FinishReason));
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, result);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    public static void WriteIdentity(Utf8JsonWriter json, CompletionIdentity identity, string kind)
    {
        json.WriteString("id", identity.Id);
        json.WriteString("object", kind);
        json.WriteNumber("created", identity.Created);
        json.WriteString("model", identity.Model);
        json.WriteNull("system_fingerprint");
    }

    public static void WriteUsage(Utf8JsonWriter json, GenerationResult result)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", result.PromptTokens);
        json.WriteNumber("completion_tokens", result.OutputTokens);
        json.WriteNumber("total_tokens", result.PromptTokens + result.OutputTokens);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", result.CachedTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Official clients throw on any other reason; a cancelled answer never gets here.</summary>
    public static string FinishReasonName(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "A cancelled answer has no place in a response."),
    };
}
