using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Messages;

/// <summary>
/// Reads the turns of a conversation, whose content is a text or blocks. What one side says in several messages is one turn, as at
/// Anthropic: many templates take no other. A function's result is a turn of its own.
/// </summary>
internal sealed class TurnReader
{
    private const string BlockSchema = """{"type":"object","required":["type","text"],"properties":{"type":{"const":"text"},"text":{"type":"string"}}}""";

    /// <summary>A text, or blocks that are all text.</summary>
    public const string TextSchema = $$$$"""{"anyOf":[{"type":"string"},{"type":"array","items":{{{{BlockSchema}}}} }]}""";

    /// <summary>Turns; what has to follow what is not said here.</summary>
    public const string Schema = $$$$"""
        {"type":"array","minItems":1,"items":{"type":"object","required":["role","content"],"anyOf":[
          {"properties":{"role":{"const":"user"},"content":{"anyOf":[{"type":"string"},{"type":"array","items":{"anyOf":[{{{{BlockSchema}}}},
            {"type":"object","required":["type","tool_use_id"],"properties":{"type":{"const":"tool_result"},"tool_use_id":{"type":"string"},
              "content":{"anyOf":[{{{{TextSchema}}}},{"type":"null"}]},"is_error":{"type":["boolean","null"]}}}]}}]}}},
          {"properties":{"role":{"const":"assistant"},"content":{"anyOf":[{"type":"string"},{"type":"array","items":{"anyOf":[{{{{BlockSchema}}}},
            {"type":"object","required":["type","id","name","input"],"properties":{"type":{"const":"tool_use"},"id":{"type":"string"},
              "name":{"type":"string"},"input":{"type":"object"}}},
            {"type":"object","required":["type","thinking"],"properties":{"type":{"const":"thinking"},"thinking":{"type":"string"}}},
            {"type":"object","required":["type"],"properties":{"type":{"const":"redacted_thinking"}}}]}}]}}}]}}
        """;

    private readonly List<ChatMessage> _turns = [];
    private readonly StringBuilder _content = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<ToolCall> _calls = [];
    private readonly HashSet<string> _called = [];
    private string? _role;

    private TurnReader()
    {
    }

    /// <exception cref="JsonFieldException">A message is wrong or of a kind that is not served.</exception>
    public static ChatMessage[] Read(JsonField messages, JsonField system)
    {
        TurnReader reader = new();
        foreach (JsonField message in messages.Items())
            reader.ReadMessage(message);
        reader.EndTurn();
        List<ChatMessage> turns = reader._turns;
        if (turns is [.., { Role: "assistant" } last])
        {
            if (last.ToolCalls.Count > 0)
                throw messages.Error("ends with a call of a function; its result has to follow");
            // It begins no answer.
            if (last.Content.Length == 0)
                turns.RemoveAt(turns.Count - 1);
        }

        if (turns.Count == 0)
            throw messages.Error("must hold at least one message");
        string instructions = system.IsNull ? "" : ReadText(system);
        return instructions.Length > 0 ? [new("system", instructions), .. turns] : [.. turns];
    }

    /// <summary>A text, or blocks that are all text.</summary>
    private static string ReadText(JsonField field) => field.Element.ValueKind == JsonValueKind.String
        ? field.String()
        : string.Join('\n', ReadBlocks(field).Select(block => block.Type.String() == "text" ? block.Field.Required("text").String() : throw Refusal(block.Type, "text is")));

    private static IEnumerable<(JsonField Field, JsonField Type)> ReadBlocks(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Array)
            throw field.WrongType("a string or an array of blocks");
        return field.Items().Select(block => block.Element.ValueKind == JsonValueKind.Object ? (block, block.Required("type")) : throw block.WrongType("an object"));
    }

    private static JsonFieldException Refusal(JsonField type, string served) => type.Error($"is '{Excerpt.Of(type.String())}', but only {served} served here");

    private void ReadMessage(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField role = field.Required("role"), content = field.Required("content");
        bool isUser = role.String() == "user";
        if (!isUser && role.String() != "assistant")
            throw role.Error("must be user or assistant; instructions are given as 'system'");
        // Messages of one side are parted by a line break, and so are a user's blocks; an assistant's belong together as it wrote them.
        bool isParted = true;
        if (content.Element.ValueKind == JsonValueKind.String)
        {
            Say(role.String(), content.String(), isParted);
            return;
        }

        foreach ((JsonField block, JsonField type) in ReadBlocks(content))
        {
            if (isUser)
                ReadUserBlock(block, type);
            else
                isParted &= !ReadAssistantBlock(block, type, isParted);
        }
    }

    private void ReadUserBlock(JsonField block, JsonField type)
    {
        switch (type.String())
        {
            case "text":
                Say("user", block.Required("text").String(), isParted: true);
                break;
            case "tool_result":
                EndTurn();
                JsonField call = block.Required("tool_use_id");
                ChatMessage result = new("tool", ReadResult(block)) { ToolCallId = CallIds.Read(call.String()) };
                if (!_called.Contains(result.ToolCallId))
                    throw call.Error("answers no call: the conversation has no tool_use of that id before it");
                _turns.Add(result);
                break;
            default:
                throw Refusal(type, "text and tool_result are");
        }
    }

    private static string ReadResult(JsonField block)
    {
        JsonField content = block.Member("content"), failed = block.Member("is_error");
        string text = content.IsNull ? "" : ReadText(content);
        // Templates know no other way to tell the model.
        return !failed.IsNull && failed.Boolean() ? $"Error: {text}" : text;
    }

    /// <summary>Reads a block of the assistant's; whether it was text.</summary>
    private bool ReadAssistantBlock(JsonField block, JsonField type, bool isParted)
    {
        switch (type.String())
        {
            case "text":
                Say("assistant", block.Required("text").String(), isParted);
                return true;
            case "tool_use":
                BeginTurn("assistant");
                JsonField input = block.Required("input");
                if (input.Element.ValueKind != JsonValueKind.Object)
                    throw input.WrongType("an object");
                _calls.Add(new(CallIds.Read(block.Required("id").String()), block.Required("name").String(), input.Element.GetRawText()));
                _called.Add(_calls[^1].Id);
                return false;
            case "thinking":
                BeginTurn("assistant");
                _reasoning.Append(_reasoning.Length > 0 ? "\n" : "").Append(block.Required("thinking").String());
                return false;
            // Only who made it can read it.
            case "redacted_thinking":
                return false;
            default:
                throw Refusal(type, "text, tool_use and thinking are");
        }
    }

    private void Say(string role, string text, bool isParted)
    {
        BeginTurn(role);
        if (isParted && _content.Length > 0)
            _content.Append('\n');
        _content.Append(text);
    }

    private void BeginTurn(string role)
    {
        if (_role != role)
            EndTurn();
        _role = role;
    }

    private void EndTurn()
    {
        if (_role is { } role)
        {
            _turns.Add(new(role, _content.ToString())
            {
                ToolCalls = [.. _calls],
                Reasoning = _reasoning.Length > 0 ? _reasoning.ToString() : null,
            });
        }

        _role = null;
        _content.Clear();
        _reasoning.Clear();
        _calls.Clear();
    }
}

/// <summary>Ids of calls: Anthropic's begin with a word of their own, behind which is the one that the model knows.</summary>
internal static class CallIds
{
    private const string Prefix = "toolu_";

    public static string Write(string id) => id.StartsWith(Prefix, StringComparison.Ordinal) ? id : Prefix + id;

    public static string Read(string id) => id.Length > Prefix.Length && id.StartsWith(Prefix, StringComparison.Ordinal) ? id[Prefix.Length..] : id;
}
