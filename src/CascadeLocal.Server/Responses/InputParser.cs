using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Reads the input of a request: a text, or items of the kinds that are served.</summary>
internal static class InputParser
{
    private const int MostItems = 2048;
    private const string Reference = "item_reference";

    private const string RefusalSchema = """{"required":["refusal"],"properties":{"type":{"const":"refusal"},"refusal":{"type":"string"}}}""";

    private const string PartSchema = $$$$"""
        {"type":"object","required":["type"],"anyOf":[
          {"required":["text"],"properties":{"type":{"enum":["input_text","output_text"]},"text":{"type":"string"}}},
          {{{{RefusalSchema}}}} ]}
        """;

    private const string TextsSchema = $$$$"""{"anyOf":[{"type":"string"},{"type":"array","items":{{{{PartSchema}}}} }]}""";

    private const string ThoughtSchema = $$$$"""
        {"type":"object","required":["type"],"anyOf":[
          {"required":["text"],"properties":{"type":{"enum":["reasoning_text","text"]},"text":{"type":"string"}}}, {{{{RefusalSchema}}}} ]}
        """;

    private const string SummarySchema = $$$$"""
        {"type":"object","required":["type"],"anyOf":[
          {"required":["text"],"properties":{"type":{"enum":["summary_text","text"]},"text":{"type":"string"}}}, {{{{RefusalSchema}}}} ]}
        """;

    private const string StatusSchema = """{"type":["string","null"],"examples":["completed"]}""";

    private static readonly string ItemSchema = $$$$"""
        {"type":"object","properties":{"id":{"type":["string","null"],"minLength":1,"maxLength":{{{{ResponseItem.LongestId}}}} }},"anyOf":[
          {"required":["role","content"],"properties":{"status":{{{{StatusSchema}}}},"type":{"enum":["message",null]},
            "role":{"enum":["user","assistant","system","developer"]},"content":{{{{TextsSchema}}}} }},
          {"required":["type","call_id","name","arguments"],"properties":{"status":{{{{StatusSchema}}}},"type":{"const":"function_call"},
            "call_id":{"type":"string"},"name":{"type":"string"},"arguments":{"type":"string","examples":["{}"]}}},
          {"required":["type","call_id","output"],"properties":{"type":{"const":"function_call_output"},"call_id":{"type":"string"},"output":{{{{TextsSchema}}}} }},
          {"required":["type","id"],"properties":{"type":{"const":"item_reference"},"id":{"type":"string"}}},
          {"required":["type"],"properties":{"type":{"const":"reasoning"},"encrypted_content":{"type":"null"},
            "content":{"type":["array","null"],"items":{{{{ThoughtSchema}}}} },"summary":{"anyOf":[{"type":["string","null"]},{"type":"array","items":{{{{SummarySchema}}}} }]} }}]}
        """;

    /// <summary>A text, or items.</summary>
    public static string Schema { get; } = $$$$"""{"anyOf":[{"type":"string"},{"type":"array","minItems":1,"maxItems":{{{{MostItems}}}},"items":{{{{ItemSchema}}}} }]}""";

    /// <param name="field">The input.</param>
    /// <param name="before">The items that it continues.</param>
    /// <param name="find">Finds the items of those ids in earlier responses of theirs.</param>
    /// <exception cref="JsonFieldException">An item is wrong, of a kind that is not served, or named and not kept.</exception>
    public static ResponseItem[] Read(JsonField field, IEnumerable<ResponseItem> before, Func<HashSet<string>, IReadOnlyDictionary<string, ResponseItem>> find)
    {
        if (field.Element.ValueKind == JsonValueKind.String)
            return [new ResponseItem.Message(ResponseItem.NewId("msg"), "user", [field.String()], [])];
        if (field.Element.ValueKind != JsonValueKind.Array)
            throw field.WrongType("a string or an array of items");
        int count = field.Element.GetArrayLength();
        if (count is 0 or > MostItems)
            throw field.Error(count == 0 ? "must hold at least one item" : $"may hold at most {MostItems} items");
        HashSet<string> calls = [.. before.OfType<ResponseItem.FunctionCall>().Where(call => call.IsWhole).Select(call => call.CallId)];
        IReadOnlyDictionary<string, ResponseItem> named = find(ReadReferences(field));
        HashSet<string> ids = new(StringComparer.Ordinal);
        return [.. field.Items().Select(item => ReadOnce(item, ReadItem(item, calls, named), ids))];
    }

    // Pages of the input go on from an id.
    private static ResponseItem ReadOnce(JsonField field, ResponseItem item, HashSet<string> ids) =>
        ids.Add(item.Id) ? item : throw field.Member("id").Error("is that of an item before it");

    // All at once: looking for one costs as much as looking for all. What is wrong with an item is said when it is its turn.
    private static HashSet<string> ReadReferences(JsonField field)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (JsonElement item in field.Element.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object
                && item.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.ValueEquals(Reference)
                && item.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String)
            {
                ids.Add(id.GetString()!);
            }
        }

        return ids;
    }

    private static ResponseItem ReadItem(JsonField field, HashSet<string> calls, IReadOnlyDictionary<string, ResponseItem> named)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField type = field.Member("type");
        switch (type.IsNull ? "message" : type.String())
        {
            case "message":
                return ReadMessage(field);
            case "function_call":
                return Known(ReadCall(field));
            case Reference:
                JsonField id = field.Required("id");
                return Known(named.GetValueOrDefault(id.String()) ?? throw id.Error("names no item that is kept: send the item itself"));
            case "function_call_output":
                return ReadOutput(field, calls);
            case "reasoning":
                return new ResponseItem.Reasoning(ReadId(field, "rs"), ReadThought(field));
            default:
                throw type.Error($"is '{Excerpt.Of(type.String())}', but only message, function_call, function_call_output, reasoning and item_reference are served");
        }

        ResponseItem Known(ResponseItem item)
        {
            if (item is ResponseItem.FunctionCall { IsWhole: true } call)
                calls.Add(call.CallId);
            return item;
        }
    }

    private static ResponseItem.Message ReadMessage(JsonField field)
    {
        JsonField role = field.Required("role");
        if (role.String() is not ("user" or "assistant" or "system" or "developer"))
            throw role.Error("must be user, assistant, system or developer");
        return new(ReadId(field, "msg"), role.String(), ReadTexts(field.Required("content"), "input_text", "output_text"), []) { IsWhole = ReadIsWhole(field) };
    }

    private static ResponseItem.FunctionCall ReadCall(JsonField field) =>
        new(ReadId(field, "fc"), field.Required("call_id").String(), field.Required("name").String(), field.Required("arguments").String())
        {
            IsWhole = ReadIsWhole(field),
        };

    private static ResponseItem.FunctionCallOutput ReadOutput(JsonField field, HashSet<string> calls)
    {
        JsonField call = field.Required("call_id");
        return calls.Contains(call.String())
            ? new(ReadId(field, "fco"), call.String(), ReadTexts(field.Required("output"), "input_text", "output_text"))
            : throw call.Error("answers no call: the conversation has no function_call of that id before it");
    }

    // In full where it is there, else what is told of it.
    private static string ReadThought(JsonField field)
    {
        if (field.Member("encrypted_content") is { IsNull: false } encrypted)
            throw encrypted.Error("is not served");
        JsonField content = field.Member("content"), summary = field.Member("summary");
        // Both are read, so that neither is wrong without a word.
        string[] thoughts = content.IsNull ? [] : [.. content.Items().Select(part => ReadText(part, "reasoning_text", "text"))];
        string[] told = summary.IsNull ? [] : ReadTexts(summary, "summary_text", "text");
        return thoughts.Length > 0 ? string.Concat(thoughts) : string.Join('\n', told);
    }

    private static string[] ReadTexts(JsonField field, string kind, string other) => field.Element.ValueKind switch
    {
        JsonValueKind.String => [field.String()],
        JsonValueKind.Array => [.. field.Items().Select(part => ReadText(part, kind, other))],
        _ => throw field.WrongType("a string or an array of text parts"),
    };

    private static string ReadText(JsonField field, string kind, string other)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField type = field.Required("type");
        if (type.String() == "refusal")
            return field.Required("refusal").String();
        return type.String() == kind || type.String() == other
            ? field.Required("text").String()
            : throw type.Error($"is '{Excerpt.Of(type.String())}', but only text is served here, as {kind}");
    }

    private static string ReadId(JsonField field, string kind)
    {
        if (field.Member("id") is not { IsNull: false } id)
            return ResponseItem.NewId(kind);
        return id.String().Length is > 0 and <= ResponseItem.LongestId
            ? id.String()
            : throw id.Error($"must have 1 to {ResponseItem.LongestId} characters");
    }

    private static bool ReadIsWhole(JsonField field)
    {
        JsonField status = field.Member("status");
        return status.IsNull || status.String() == "completed";
    }
}
