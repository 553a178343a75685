using System.Text.Json;

using CascadeLocal.Server.Chat;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes items as OpenAI has them.</summary>
internal static class ItemWriter
{
    /// <summary>One that has ended.</summary>
    public static void Write(Utf8JsonWriter json, ResponseItem item) => Write(json, item, item.IsWhole ? "completed" : "incomplete");

    /// <param name="json">Where to.</param>
    /// <param name="item">The item.</param>
    /// <param name="status">How far it is.</param>
    public static void Write(Utf8JsonWriter json, ResponseItem item, string status)
    {
        json.WriteStartObject();
        json.WriteString("id", item.Id);
        switch (item)
        {
            case ResponseItem.Message said:
                json.WriteString("type", "message");
                json.WriteString("role", said.Role);
                WriteParts(json, "content", said.Parts, said.Role == "assistant" ? "output_text" : "input_text", said.Tokens);
                break;
            case ResponseItem.Reasoning thought:
                json.WriteString("type", "reasoning");
                json.WriteStartArray("summary");
                json.WriteEndArray();
                WriteParts(json, "content", thought.Text.Length > 0 ? [thought.Text] : [], "reasoning_text", []);
                break;
            case ResponseItem.FunctionCall call:
                json.WriteString("type", "function_call");
                json.WriteString("call_id", call.CallId);
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Arguments);
                break;
            case ResponseItem.FunctionCallOutput output:
                json.WriteString("type", "function_call_output");
                json.WriteString("call_id", output.CallId);
                if (output.Parts is [{ } only])
                    json.WriteString("output", only);
                else
                    WriteParts(json, "output", output.Parts, "input_text", []);
                break;
        }

        json.WriteString("status", status);
        json.WriteEndObject();
    }

    /// <summary>One of the texts of an item.</summary>
    public static void WritePart(Utf8JsonWriter json, string text, string kind, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteStartObject();
        json.WriteString("type", kind);
        json.WriteString("text", text);
        if (kind == "output_text")
        {
            json.WriteStartArray("annotations");
            json.WriteEndArray();
            LogProbabilityWriter.WriteTokens(json, "logprobs", tokens);
        }

        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IReadOnlyList<string> parts, string kind, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteStartArray(name);
        foreach (string part in parts)
            WritePart(json, part, kind, tokens);
        json.WriteEndArray();
    }
}
