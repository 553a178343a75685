using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>Reads the turns of a conversation: text, or parts that are all text and are joined by line breaks.</summary>
internal static class MessageParser
{
    /// <summary>Text, or parts that are all text.</summary>
    public const string ContentSchema = """
        {"anyOf":[{"type":"string"},{"type":"array","minItems":1,"items":
          {"type":"object","required":["type","text"],"properties":{"type":{"const":"text"},"text":{"type":"string"}}}}]}
        """;

    private const string CallSchema = """
        {"type":"object","required":["name"],"properties":{"name":{"type":"string"},"arguments":{"type":["string","null"],"examples":["{}"]}}}
        """;

    private const string CallsSchema = $$$$"""
        {"type":"array","items":{"type":"object","required":["id","function"],"properties":{"id":{"type":"string"},"function":{{{{CallSchema}}}} }}}
        """;

    // By role; an assistant's content may be missing where it calls something, and of two ways to call the older one is read.
    private const string MessageSchema = $$$$"""
        {"type":"object","required":["role"],"properties":{"audio":{"type":"null"}},"anyOf":[
          {"required":["content"],"properties":{"role":{"enum":["user","system","developer"]},"content":{{{{ContentSchema}}}} }},
          {"required":["content","tool_call_id"],"properties":{"role":{"const":"tool"},"content":{{{{ContentSchema}}}},"tool_call_id":{"type":"string"}}},
          {"required":["content"],"properties":{"role":{"const":"function"},"content":{{{{ContentSchema}}}} },"anyOf":[
            {"required":["tool_call_id"],"properties":{"tool_call_id":{"type":"string"}}},
            {"required":["name"],"properties":{"name":{"type":"string"},"tool_call_id":{"type":"null"}}}]},
          {"properties":{"role":{"const":"assistant"},"reasoning_content":{"type":["string","null"]}},"anyOf":[
            {"required":["content"],"properties":{"content":{{{{ContentSchema}}}},
              "tool_calls":{"anyOf":[{{{{CallsSchema}}}},{"type":"null"}]},"function_call":{"type":"null"}}},
            {"required":["tool_calls"],"properties":{"content":{"type":"null"},
              "tool_calls":{"minItems":1,"allOf":[{{{{CallsSchema}}}}]},"function_call":{"type":"null"}}},
            {"required":["function_call"],"properties":{"content":{"anyOf":[{{{{ContentSchema}}}},{"type":"null"}]},"function_call":{{{{CallSchema}}}} }}]}]}
        """;

    public static RequestField<ChatMessage[]> Messages { get; } = new(
        "messages",
        new($$$$"""{"type":"array","minItems":1,"items":{{{{MessageSchema}}}} }""", Read),
        "The conversation: turns of text, calls of functions and their results.")
    {
        IsRequired = true,
    };

    /// <exception cref="JsonFieldException">A message is wrong or of a kind that is not served.</exception>
    private static ChatMessage[] Read(JsonField field)
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
