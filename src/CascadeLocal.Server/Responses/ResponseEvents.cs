using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes the events of a streamed response, each with its name and its number.</summary>
internal sealed class ResponseEvents(EventStream stream) : IOutputObserver
{
    private int _number;

    /// <summary>An event that holds the response as it is now.</summary>
    public void WriteResponse(string type, Action<Utf8JsonWriter> write) => Write(type, write, static (json, whole) =>
    {
        json.WritePropertyName("response");
        whole(json);
    });

    /// <summary>Something went wrong.</summary>
    public void WriteError(ApiError error) => Write("error", error, static (json, error) =>
    {
        json.WriteString("code", error.Code ?? "server_error");
        json.WriteString("message", error.Message);
        json.WriteString("param", error.Param);
    });

    /// <inheritdoc/>
    public void OnBegun(int index, ResponseItem item)
    {
        WriteItem("response.output_item.added", index, item, "in_progress");
        if (PartOf(item) is { } kind)
            WritePart("response.content_part.added", index, item, kind, "", []);
    }

    /// <inheritdoc/>
    public void OnGrown(int index, ResponseItem item, string text, IReadOnlyList<AnswerEvent> tokens) => Write(
        $"{NameOf(item)}.delta", (index, item, text, tokens), static (json, s) => WritePiece(json, s.index, s.item, "delta", s.text, s.tokens));

    /// <inheritdoc/>
    public void OnEnded(int index, ResponseItem item)
    {
        (string field, string text) = item switch
        {
            ResponseItem.Message said => ("text", said.Parts[0]),
            ResponseItem.Reasoning thought => ("text", thought.Text),
            ResponseItem.FunctionCall call => ("arguments", call.Arguments),
            _ => throw new ArgumentOutOfRangeException(nameof(item), item, "No model writes it."),
        };
        IReadOnlyList<AnswerEvent> tokens = (item as ResponseItem.Message)?.Tokens ?? [];
        Write($"{NameOf(item)}.done", (index, item, field, text, tokens), static (json, s) => WritePiece(json, s.index, s.item, s.field, s.text, s.tokens));
        if (PartOf(item) is { } kind)
            WritePart("response.content_part.done", index, item, kind, text, tokens);
        WriteItem("response.output_item.done", index, item, item.IsWhole ? "completed" : "incomplete");
    }

    private static string NameOf(ResponseItem item) => item switch
    {
        ResponseItem.Message => "response.output_text",
        ResponseItem.Reasoning => "response.reasoning_text",
        _ => "response.function_call_arguments",
    };

    private static string? PartOf(ResponseItem item) => item switch
    {
        ResponseItem.Message => "output_text",
        ResponseItem.Reasoning => "reasoning_text",
        _ => null,
    };

    private static void WritePiece(Utf8JsonWriter json, int index, ResponseItem item, string field, string text, IReadOnlyList<AnswerEvent> tokens)
    {
        json.WriteString("item_id", item.Id);
        json.WriteNumber("output_index", index);
        if (item is ResponseItem.FunctionCall call)
        {
            if (field == "arguments")
                json.WriteString("name", call.Name);
        }
        else
        {
            json.WriteNumber("content_index", 0);
        }

        json.WriteString(field, text);
        if (item is ResponseItem.Message)
            LogProbabilityWriter.WriteTokens(json, "logprobs", tokens);
    }

    private void WriteItem(string type, int index, ResponseItem item, string status) => Write(type, (index, item, status), static (json, s) =>
    {
        json.WriteNumber("output_index", s.index);
        json.WritePropertyName("item");
        ItemWriter.Write(json, s.item, s.status);
    });

    private void WritePart(string type, int index, ResponseItem item, string kind, string text, IReadOnlyList<AnswerEvent> tokens) =>
        Write(type, (index, item, kind, text, tokens), static (json, s) =>
        {
            json.WriteString("item_id", s.item.Id);
            json.WriteNumber("output_index", s.index);
            json.WriteNumber("content_index", 0);
            json.WritePropertyName("part");
            ItemWriter.WritePart(json, s.text, s.kind, s.tokens);
        });

    private void Write<T>(string type, T state, Action<Utf8JsonWriter, T> write)
    {
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetByteCount(type)];
        Encoding.UTF8.GetBytes(type, name);
        stream.WriteEvent(name, static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteString("type", s.type);
            json.WriteNumber("sequence_number", s.Number);
            s.write(json, s.state);
            json.WriteEndObject();
        }, (type, Number: _number++, state, write));
    }
}
