using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>Reads the turns of a conversation: text, or parts that are all text and are joined by line breaks.</summary>
internal static class MessageParser
{
    /// <summary>Text, or parts that are all text.</summary>
    public const string ContentSchema = """
        {"anyOf":[{"type":"string"},{"type":"array","minItems":1,"items":{"type":"object","required":["type"],"anyOf":[
          {"required":["text"],"properties":{"type":{"const":"text"},"text":{"type":"string"}}},
          {"required":["refusal"],"properties":{"type":{"const":"refusal"},"refusal":{"type":"string"}}}]}}]}
        """;

    private const string CallSchema = """
        {"type":"object","required":["name"],"properties":{"name":{"type":"string"},"arguments":{"type":["string","null"],"examples":["{}"]}}}
        """;

    private const string CallsSchema = $$$$"""
        {"type":"array","items":{"type":"object","required":["id","function"],"properties":{"id":{"type":"string"},"function":{{{{CallSchema}}}} }}}
        """;

    // By role; an assistant's content may be missing where it calls or refuses something, and of two ways to call the older one is read.
    private const string MessageSchema = $$$$"""
        {"type":"object","required":["role"],"properties":{"audio":{"type":"null"},"images":{"type":["array","null"],"maxItems":0},
          "prefix":{"enum":[false,null]},"partial":{"enum":[false,null]}},"anyOf":[
          {"required":["content"],"properties":{"role":{"enum":["user","system","developer"]},"content":{{{{ContentSchema}}}} }},
          {"required":["content","tool_call_id"],"properties":{"role":{"const":"tool"},"content":{{{{ContentSchema}}}},"tool_call_id":{"type":"string"}}},
          {"required":["content"],"properties":{"role":{"const":"function"},"content":{{{{ContentSchema}}}} },"anyOf":[
            {"required":["tool_call_id"],"properties":{"tool_call_id":{"type":"string"}}},
            {"required":["name"],"properties":{"name":{"type":"string"},"tool_call_id":{"type":"null"}}}]},
          {"properties":{"role":{"const":"assistant"},"reasoning_content":{"type":["string","null"]},"thinking":{"type":["string","null"]},
            "reasoning":{"type":["string","null"]}},"anyOf":[
            {"required":["content"],"properties":{"content":{{{{ContentSchema}}}},
              "tool_calls":{"anyOf":[{{{{CallsSchema}}}},{"type":"null"}]},"function_call":{"type":"null"}}},
            {"required":["refusal"],"properties":{"content":{"type":"null"},"refusal":{"type":"string"},
              "tool_calls":{"type":["array","null"],"maxItems":0},"function_call":{"type":"null"}}},
            {"required":["tool_calls"],"properties":{"content":{"type":"null"},
              "tool_calls":{"minItems":1,"allOf":[{{{{CallsSchema}}}}]},"function_call":{"type":"null"}}},
            {"required":["function_call"],"properties":{"content":{"anyOf":[{{{{ContentSchema}}}},{"type":"null"}]},"function_call":{{{{CallSchema}}}} }}]}]}
        """;

    // Of several the first one counts, as in transformers.
    private static readonly string[] ReasoningNames = ["reasoning_content", "thinking", "reasoning"];

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
        CheckUnserved(field);
        ToolCall[] calls = role == "assistant" ? ReadCalls(field) : [];
        return new ChatMessage(role, ReadText(field, role, calls.Length > 0))
        {
            ToolCalls = calls,
            ToolCallId = role == "tool" ? ReadCallId(field) : null,
            Reasoning = role == "assistant" ? ReadReasoning(field) : null,
        };
    }

    // What would be in the prompt, or where it ends.
    private static void CheckUnserved(JsonField field)
    {
        if (field.Member("audio") is { IsNull: false } audio)
            throw audio.Error("is not served");
        if (field.Member("images") is { IsNull: false } images && images.Items().Any())
            throw images.Error("is not served");
        foreach (string name in new[] { "prefix", "partial" })
        {
            if (field.Member(name) is { IsNull: false } begun && begun.Boolean())
                throw begun.Error($"is not served; leave it out or use '{TemplateFields.ContinueFinalMessage.Name}'");
        }
    }

    private static string ReadText(JsonField field, string role, bool calls)
    {
        if (role != "assistant" || !field.Member("content").IsNull)
            return ReadContent(field.Required("content"));
        JsonField refusal = field.Member("refusal");
        return calls ? "" : refusal.IsNull ? ReadContent(field.Required("content")) : refusal.String();
    }

    private static string ReadRole(JsonField field) => field.String() switch
    {
        "system" or "developer" => "system",
        "user" => "user",
        "assistant" => "assistant",
        "tool" or "function" => "tool",
        _ => throw field.Error("must be system, developer, user, assistant or tool"),
    };

    // Clients send it back under the name by which they got it. All three are read, so that a wrong one is refused.
    private static string? ReadReasoning(JsonField field)
    {
        string[] named = [.. ReasoningNames.Select(field.Member).Where(reasoning => !reasoning.IsNull).Select(reasoning => reasoning.String())];
        return named.Length > 0 ? named[0] : null;
    }

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
        return type.String() is "text" or "refusal"
            ? field.Required(type.String()).String()
            : throw type.Error($"is '{Excerpt.Of(type.String())}', but only text parts are served");
    }
}

/// <summary>Reads the functions that an answer may call, and whether it has to.</summary>
internal static partial class ToolFields
{
    /// <summary>The most functions of a request.</summary>
    public const int MaxTools = 128;

    /// <summary>A name as OpenAI allows it.</summary>
    public const string NameSchema = """{"type":"string","pattern":"^[A-Za-z0-9_.-]{1,64}$"}""";

    private const string FunctionProperties = $$$$"""
        "name":{{{{NameSchema}}}},"description":{"type":["string","null"]},"strict":{"type":["boolean","null"]},
        "parameters":{"type":["object","null"],"examples":[{"type":"object"}]}
        """;

    private const string FunctionSchema = $$$$"""{"type":"object","required":["name"],"properties":{ {{{{FunctionProperties}}}} }}""";

    private const string ChoiceSchema = """
        {"anyOf":[{"enum":["auto","none","required"]},{"type":"object","properties":{"type":{"enum":["function",null]}},"anyOf":[
          {"required":["function"],"properties":{"function":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}},
          {"required":["name"],"properties":{"name":{"type":"string"},"function":{"type":"null"}}}]}],"examples":["auto","none"]}
        """;

    public static RequestField<ToolDefinition[]> Tools { get; } = new(
        "tools",
        new(
            $$$$"""
            {"type":"array","maxItems":{{{{MaxTools}}}},"items":{"type":"object","required":["type","function"],"properties":{
              "type":{"const":"function"},"function":{{{{FunctionSchema}}}} }}}
            """,
            field => ReadAll(field, tool => ReadFunction(CheckType(tool).Required("function")))),
        "Functions that the answer may call, each with a name of its own.");

    /// <summary>As the Responses API has them: a function's fields stand beside its type.</summary>
    public static RequestField<ToolDefinition[]> FlatTools { get; } = new(
        "tools",
        new(
            $$$$"""
            {"type":"array","maxItems":{{{{MaxTools}}}},"items":{"type":"object","required":["type","name"],"properties":{
              "type":{"const":"function"},{{{{FunctionProperties}}}} }}}
            """,
            field => ReadAll(field, tool => ReadFunction(CheckType(tool)))),
        "Functions that the answer may call, each with a name of its own.");

    public static RequestField<ToolChoice> Choice { get; } =
        new("tool_choice", new(ChoiceSchema, ReadChoice), "Whether a function has to be called (required, or one by its name), may (auto), or may not (none).");

    public static RequestField<bool> Parallel { get; } =
        new("parallel_tool_calls", Values.Boolean, "Whether the answer may have several calls.") { Default = true };

    public static RequestField<ToolDefinition[]> Functions { get; } = new(
        "functions",
        new($$$$"""{"type":"array","maxItems":{{{{MaxTools}}}},"items":{{{{FunctionSchema}}}} }""", field => ReadAll(field, ReadFunction)),
        "The older name of tools.");

    public static RequestField<ToolChoice> FunctionChoice { get; } = new("function_call", new(ChoiceSchema, ReadChoice), "The older name of tool_choice.");

    public static IReadOnlyList<RequestField> All { get; } = [Tools, Choice, Parallel, Functions, FunctionChoice];

    public static GenerationRequest Read(GenerationRequest request, RequestBody body)
    {
        JsonField old = body[Functions];
        if (!old.IsNull && !body[Tools].IsNull)
            throw old.Error("is the old name for 'tools'; give one of them");
        ToolDefinition[] tools = body.Get(Tools) ?? body.Get(FlatTools) ?? body.Get(Functions) ?? [];
        // All are read, so that none is wrong without a word.
        ToolChoice choice = body.Get(Choice) ?? ToolChoice.Auto, oldChoice = body.Get(FunctionChoice) ?? ToolChoice.Auto;
        bool allowsSeveral = body.Get(Parallel);
        return request with
        {
            Tools = tools,
            ToolChoice = old.IsNull ? Check(choice, body[Choice], tools) : Check(oldChoice, body[FunctionChoice], tools),
            ParallelToolCalls = old.IsNull && allowsSeveral,
        };
    }

    /// <summary>A name as OpenAI allows it for functions and schemas.</summary>
    public static string ReadName(JsonField field) =>
        NamePattern().IsMatch(field.String()) ? field.String() : throw field.Error("must have 1 to 64 letters, digits, '_', '-' or '.'");

    /// <summary>Functions, each as <paramref name="read"/> does.</summary>
    /// <exception cref="JsonFieldException">They are too many, or two of one name.</exception>
    public static ToolDefinition[] ReadAll(JsonField field, Func<JsonField, ToolDefinition> read)
    {
        if (field.IsNull)
            return [];
        ToolDefinition[] tools = [.. field.Items().Take(MaxTools + 1).Select(read)];
        if (tools.Length > MaxTools)
            throw field.Error($"may hold at most {MaxTools} functions");
        return tools.GroupBy(tool => tool.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is not { } twice
            ? tools
            : throw field.Error($"has the function '{twice.Key}' twice");
    }

    private static JsonField CheckType(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField type = field.Required("type");
        return type.String() == "function"
            ? field
            : throw type.Error($"is '{Excerpt.Of(type.String())}', but only functions are served");
    }

    private static ToolDefinition ReadFunction(JsonField field)
    {
        JsonField description = field.Member("description"), parameters = field.Member("parameters"), strict = field.Member("strict");
        if (!parameters.IsNull && parameters.Element.ValueKind != JsonValueKind.Object)
            throw parameters.WrongType("a JSON schema");
        return new(
            ReadName(field.Required("name")),
            description.IsNull ? null : description.String(),
            parameters.IsNull ? null : parameters.Element.GetRawText(),
            !strict.IsNull && strict.Boolean());
    }

    private static ToolChoice ReadChoice(JsonField field) => field.Element.ValueKind == JsonValueKind.String
        ? field.String() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => new(ToolChoiceKind.None),
            "required" => new(ToolChoiceKind.Required),
            _ => throw field.Error("must be auto, none, required or a function"),
        }
        : new(ToolChoiceKind.Required, ReadChosen(field).String());

    private static JsonField ReadChosen(JsonField field)
    {
        // The old field has the name at once.
        JsonField function = field.Member("function") is { IsNull: false } named ? named : field;
        if (field.Member("type") is { IsNull: false } type && type.String() != "function")
            throw type.Error("must be 'function'");
        return function.Required("name");
    }

    /// <summary>Looks whether what is asked for is there.</summary>
    private static ToolChoice Check(ToolChoice choice, JsonField field, ToolDefinition[] tools)
    {
        if (choice.Kind == ToolChoiceKind.Required && tools.Length == 0)
            throw field.Error("asks for a function, but there are none");
        return choice.Name is null || Array.Exists(tools, tool => tool.Name == choice.Name)
            ? choice
            : throw ReadChosen(field).Error("is none of the functions that are given");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.\-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}

/// <summary>Reads what a request has for the chat template. The template itself is the operator's and never a request's.</summary>
internal static class TemplateFields
{
    private const int MaxVariables = 64;

    /// <summary>How much shall be thought.</summary>
    public static Values<string> Efforts { get; } = Values.OneOf("none", "minimal", "low", "medium", "high", "xhigh");

    public static RequestField<Dictionary<string, JsonElement>> Variables { get; } = new(
        "chat_template_kwargs",
        new(
            $$$$"""{"type":"object","maxProperties":{{{{MaxVariables}}}},"propertyNames":{"not":{"enum":{{{{JsonSerializer.Serialize(ChatTemplateOptions.ReservedVariables)}}}} }}}""",
            ReadVariables),
        "Variables of the model's chat template.");

    public static RequestField<bool> EnableThinking { get; } = new("enable_thinking", Values.Boolean, "The template's variable of that name.");

    public static RequestField<string> ReasoningEffort { get; } =
        new("reasoning_effort", Efforts, "How much shall be thought: the template's variable of that name.");

    public static RequestField<JsonElement[]> Documents { get; } =
        new("documents", new("""{"type":"array","items":{"type":"object"}}""", ReadDocuments), "Documents for templates that take some.");

    public static RequestField<bool> AddGenerationPrompt { get; } =
        new("add_generation_prompt", Values.Boolean, "Whether the prompt ends with the header of the assistant's turn; not with continue_final_message.");

    public static RequestField<bool> ContinueFinalMessage { get; } =
        new("continue_final_message", Values.Boolean, "Whether the answer goes on where the last message ends.") { Default = false };

    public static IReadOnlyList<RequestField> All { get; } =
        [Variables, EnableThinking, ReasoningEffort, Documents, AddGenerationPrompt, ContinueFinalMessage];

    /// <param name="body">The request.</param>
    /// <param name="effort">How much shall be thought; null where it does not say.</param>
    /// <exception cref="JsonFieldException">A field is of the wrong type, or sets what is not the request's.</exception>
    public static ChatTemplateOptions Read(RequestBody body, string? effort)
    {
        if (effort is null && All.All(field => body[field].IsNull))
            return ChatTemplateOptions.None;
        bool? generation = body.Find(AddGenerationPrompt);
        bool continues = body.Get(ContinueFinalMessage);
        if (continues && generation == true)
            throw body[ContinueFinalMessage].Error("and add_generation_prompt cannot both be true: an answer goes on with a turn or begins one");
        return new()
        {
            Variables = ReadVariables(body, effort),
            Documents = body.Get(Documents) ?? [],
            AddsGenerationPrompt = generation ?? true,
            ContinuesFinalMessage = continues,
        };
    }

    private static Dictionary<string, JsonElement> ReadVariables(RequestBody body, string? effort)
    {
        Dictionary<string, JsonElement> variables = body.Get(Variables) ?? new(StringComparer.Ordinal);
        // Some templates know how much, some only whether.
        if (effort is not null)
        {
            variables.TryAdd("reasoning_effort", JsonSerializer.SerializeToElement(effort));
            variables.TryAdd("enable_thinking", JsonSerializer.SerializeToElement(effort != "none"));
        }

        // Of the two ways to say it the one beside the messages wins, as the more direct one.
        if (body.Find(EnableThinking) is { } thinking)
            variables["enable_thinking"] = JsonSerializer.SerializeToElement(thinking);
        return variables;
    }

    private static Dictionary<string, JsonElement> ReadVariables(JsonField field)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        foreach ((string name, JsonField value) in field.Members())
        {
            if (ChatTemplateOptions.ReservedVariables.Contains(name))
                throw value.Error("is set from the request itself and cannot be given here");
            variables[name] = value.Element.Clone();
        }

        return variables.Count <= MaxVariables ? variables : throw field.Error($"may have at most {MaxVariables} variables");
    }

    private static JsonElement[] ReadDocuments(JsonField field) =>
    [
        .. field.Items().Select(item => item.Element.ValueKind == JsonValueKind.Object ? item.Element.Clone() : throw item.WrongType("an object")),
    ];
}
