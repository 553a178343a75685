using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>Reads the turns of a conversation: text, or parts that are all text and are joined by line breaks.</summary>
internal static class MessageParser
{
    /// <exception cref="JsonFieldException">A message is wrong or of a kind that is not served.</exception>
    public static ChatMessage[] Read(JsonField field)
    {
        ChatMessage[] messages = [.. field.Items().Select(ReadMessage)];
        return messages.Length > 0 ? messages : throw field.Error("must hold at least one message");
    }

    private static ChatMessage ReadMessage(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        string role = ReadRole(field.Required("role"));
        if (field.Member("audio") is { IsNull: false } audio)
            throw audio.Error("is not served");
        ToolCall[] calls = role == "assistant" ? ReadCalls(field) : [];
        JsonField content = field.Member("content"), reasoning = field.Member("reasoning_content");
        return new ChatMessage(role, calls.Length > 0 && content.IsNull ? "" : ReadContent(field.Required("content")))
        {
            ToolCalls = calls,
            ToolCallId = role == "tool" ? ReadCallId(field) : null,
            Reasoning = role == "assistant" && !reasoning.IsNull ? reasoning.String() : null,
        };
    }

    private static string ReadRole(JsonField field) => field.String() switch
    {
        "system" or "developer" => "system",
        "user" => "user",
        "assistant" => "assistant",
        "tool" or "function" => "tool",
        _ => throw field.Error("must be system, developer, user, assistant or tool"),
    };

    // The old role names the function instead of the call.
    private static string ReadCallId(JsonField field)
    {
        JsonField id = field.Member("tool_call_id");
        return id.IsNull && field.Member("role").String() == "function" ? field.Required("name").String() : field.Required("tool_call_id").String();
    }

    private static ToolCall[] ReadCalls(JsonField field)
    {
        JsonField calls = field.Member("tool_calls"), old = field.Member("function_call");
        if (!old.IsNull)
            return [ReadCall(old, old.Required("name").String())];
        return calls.IsNull ? [] : [.. calls.Items().Select(call => ReadCall(call.Required("function"), call.Required("id").String()))];
    }

    private static ToolCall ReadCall(JsonField function, string id) =>
        new(id, function.Required("name").String(), function.Member("arguments") is { IsNull: false } arguments ? arguments.String() : "{}");

    /// <summary>Text, or parts that are all text.</summary>
    /// <exception cref="JsonFieldException">It is something else.</exception>
    public static string ReadContent(JsonField field) => field.Element.ValueKind switch
    {
        JsonValueKind.String => field.String(),
        JsonValueKind.Array => ReadParts(field),
        _ => throw field.WrongType("a string or an array of text parts"),
    };

    private static string ReadParts(JsonField field)
    {
        string[] texts = [.. field.Items().Select(ReadPart)];
        return texts.Length > 0 ? string.Join('\n', texts) : throw field.Error("must hold at least one part");
    }

    private static string ReadPart(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField type = field.Required("type");
        return type.String() == "text"
            ? field.Required("text").String()
            : throw type.Error($"is '{Excerpt.Of(type.String())}', but only text parts are served");
    }
}
