using System.Text.Json;

using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Requests;

/// <summary>Reads the turns of a conversation: text, or parts that are all text and are joined by line breaks.</summary>
internal static class MessageParser
{
    private static readonly string[] ToolFields = ["tool_calls", "function_call", "audio"];

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
        foreach (string name in ToolFields)
        {
            JsonField tool = field.Member(name);
            bool empty = tool.IsNull || (tool.Element.ValueKind == JsonValueKind.Array && tool.Element.GetArrayLength() == 0);
            if (!empty)
                throw tool.Error("is not served yet");
        }

        return new ChatMessage(role, ReadContent(field.Required("content")));
    }

    private static string ReadRole(JsonField field) => field.String() switch
    {
        "system" or "developer" => "system",
        "user" => "user",
        "assistant" => "assistant",
        "tool" or "function" => throw field.Error("names tool results, which are not served yet"),
        _ => throw field.Error("must be system, developer, user or assistant"),
    };

    private static string ReadContent(JsonField field) => field.Element.ValueKind switch
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
