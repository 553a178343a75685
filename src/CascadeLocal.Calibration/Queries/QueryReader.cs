using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Queries;

/// <summary>
/// Reads one question: {id?, prompt | messages, tools?, tool_choice?, parallel_tool_calls?, response_format?, answer?, grader?, task?,
/// max_tokens?}. Other keys are ignored, and null is the same as absent.
/// </summary>
internal static class QueryReader
{
    // 64 bits tell a million questions apart but for one chance in tens of millions, and that would be an error, not a mix-up.
    private const int HashLength = 16;

    // What the request of a question is read from.
    private static readonly string[] RequestFields = ["tools", "tool_choice", "parallel_tool_calls", "response_format"];

    /// <param name="row">A line.</param>
    /// <param name="readRequest">As for <see cref="QueryFile.Read"/>.</param>
    /// <exception cref="DataFileException">A field is missing or wrong.</exception>
    public static Query Read(JsonField row, Func<ReadOnlyMemory<byte>, GenerationRequest>? readRequest = null)
    {
        ChatMessage[] messages = ReadMessages(row);
        JsonField[] asked = [.. RequestFields.Select(row.FindValue).OfType<JsonField>()];
        JsonField? answer = row.FindValue("answer");
        return new Query
        {
            Id = row.FindValue("id") is { } id ? NotEmpty(id, id.TextOrNumber()) : HashOf(messages, asked.Length > 0 ? row : null),
            Messages = messages,
            Prompt = PromptOf(messages),
            Request = asked.Length > 0 ? ReadRequest(row, asked[0], readRequest) : new(),
            Answer = answer?.IsObject == true ? RawOf(row, "answer") : answer?.TextOrNumber(),
            HasObjectAnswer = answer?.IsObject == true,
            Grader = row.FindValue("grader")?.Text(),
            Task = row.FindValue("task")?.Text(),
            MaxTokens = row.FindValue("max_tokens") is { } tokens ? Count(tokens) : null,
            Line = row.Line,
        };
    }

    /// <summary>The id and what is embedded of a question, whatever else is in its row; the id is null if it has none.</summary>
    /// <exception cref="DataFileException">There is no question in it.</exception>
    public static (string? Id, string Prompt) ReadPrompt(JsonField row) =>
        (row.FindValue("id")?.TextOrNumber(), PromptOf(ReadMessages(row)));

    private static GenerationRequest ReadRequest(JsonField row, JsonField asked, Func<ReadOnlyMemory<byte>, GenerationRequest>? readRequest)
    {
        if (readRequest is null)
            throw asked.Error("is given, but only capture asks so");
        try
        {
            return readRequest(row.Source);
        }
        catch (FormatException e)
        {
            throw row.Error(e.Message);
        }
    }

    private static string PromptOf(ChatMessage[] messages) =>
        messages.Last(m => m.Role == "user" && !string.IsNullOrWhiteSpace(m.Content)).Content;

    private static ChatMessage[] ReadMessages(JsonField row)
    {
        JsonField? prompt = row.FindValue("prompt");
        JsonField? messages = row.FindValue("messages");
        if (prompt is not null && messages is not null)
            throw messages.Error("is given beside prompt; a question has one of them");
        if (prompt is not null)
            return [new ChatMessage("user", NotEmpty(prompt, prompt.Text()))];
        if (messages is null)
            throw row.Missing("prompt", "is missing, and so is messages; a question has one of them");

        ChatMessage[] turns = [.. messages.Items().Select(ReadMessage)];
        if (turns.Length == 0 || turns[^1].Role != "user")
            throw messages.Error("must end with a user's turn");
        if (!turns.Any(t => t.Role == "user" && !string.IsNullOrWhiteSpace(t.Content)))
            throw messages.Error("has no user's turn with text");
        return turns;
    }

    private static ChatMessage ReadMessage(JsonField message)
    {
        JsonField role = message.Get("role");
        return new ChatMessage(
            role.Text() switch
            {
                "system" or "developer" => "system",
                "user" => "user",
                "assistant" => "assistant",
                string other => throw role.Error($"is '{other}', but must be system, developer, user or assistant"),
            },
            message.Get("content").Text());
    }

    private static string NotEmpty(JsonField field, string text) =>
        string.IsNullOrWhiteSpace(text) ? throw field.Error("is empty") : text;

    private static int Count(JsonField field)
    {
        double value = field.Number(1, int.MaxValue);
        return value == Math.Floor(value) ? (int)value : throw field.Error("must be a whole number");
    }

    // The same on every machine and in every version, so that a capture can go on later.
    private static string HashOf(ChatMessage[] messages, JsonField? asking)
    {
        string text = string.Concat(messages.Select(m => $"{m.Role}\0{m.Content}\0"));
        if (asking is not null)
            text += string.Concat(RequestFields.Select(name => $"{name}\0{RawOf(asking, name)}\0"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
    }

    // As it stands in the file.
    private static string RawOf(JsonField row, string name)
    {
        using JsonDocument document = JsonDocument.Parse(row.Source);
        return document.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : "";
    }
}
