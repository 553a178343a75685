using System.Text.Json;

using CascadeLocal.Engine;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes a whole answer, and the parts that it shares with a stream.</summary>
internal static class CompletionWriter
{
    public static void Write(Utf8JsonWriter json, CompletionIdentity identity, string text, GenerationResult result)
    {
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
        WriteCascade(json, identity, result);
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

    /// <summary>Every pass of the answer with its tokens and times, since SDKs do not show headers.</summary>
    public static void WriteCascade(Utf8JsonWriter json, CompletionIdentity identity, GenerationResult result)
    {
        json.WriteStartObject("cascade");
        json.WriteString("model", identity.Model);
        json.WriteBoolean("escalated", false);
        json.WriteStartArray("passes");
        json.WriteStartObject();
        json.WriteString("model", identity.Model);
        json.WriteNumber("tokens", result.OutputTokens);
        json.WriteMilliseconds("ttft_ms", result.TimeToFirstToken);
        json.WriteMilliseconds("tpot_ms", result.TimePerOutputToken);
        json.WriteMilliseconds("e2el_ms", result.EndToEnd);
        json.WriteEndObject();
        json.WriteEndArray();
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
