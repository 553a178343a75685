using System.Text.Json;

using CascadeLocal.Cascade.Routing;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes the chunks of a streamed answer.</summary>
internal sealed class ChunkWriter(CompletionIdentity identity)
{
    public void WriteRole(Utf8JsonWriter json)
    {
        Start(json);
        StartDelta(json);
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        EndDelta(json, null);
        json.WriteEndObject();
    }

    public void WriteText(Utf8JsonWriter json, string text)
    {
        Start(json);
        StartDelta(json);
        json.WriteString("content", text);
        EndDelta(json, null);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="outcome">How the answer went.</param>
    public void WriteFinish(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        Start(json);
        StartDelta(json);
        EndDelta(json, CompletionWriter.FinishReasonName(outcome.Passes[^1].Result.FinishReason));
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    public void WriteUsage(Utf8JsonWriter json, CascadeOutcome outcome)
    {
        Start(json);
        json.WriteStartArray("choices");
        json.WriteEndArray();
        CompletionWriter.WriteUsage(json, outcome.Passes[^1].Result);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    private void Start(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        CompletionWriter.WriteIdentity(json, identity, "chat.completion.chunk");
    }

    private static void StartDelta(Utf8JsonWriter json)
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
    }

    private static void EndDelta(Utf8JsonWriter json, string? finishReason)
    {
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteNullableString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
