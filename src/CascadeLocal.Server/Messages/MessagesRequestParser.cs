using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Messages;

/// <summary>Reads a request of Anthropic's Messages API. An explicit null means absent, as in chats.</summary>
internal static class MessagesRequestParser
{
    private const string FormatSchema = """
        {"type":"object","required":["type","schema"],"properties":{"type":{"const":"json_schema"},"schema":{"type":"object","examples":[{"type":"object"}]}}}
        """;

    private static readonly Values<string> Efforts = Values.OneOf("low", "medium", "high", "xhigh", "max");

    private static readonly RequestField<JsonField> Messages =
        new("messages", Values.Raw(TurnReader.Schema), "The conversation: turns of text, calls of functions and their results.") { IsRequired = true };

    private static readonly RequestField<int> Limit = new("max_tokens", Values.Int32(1), "The most tokens of the answer.") { IsRequired = true };

    private static readonly RequestField<int> OptionalLimit = new("max_tokens", Values.Int32(1), "Of no account here.");

    private static readonly RequestField<JsonField> System =
        new("system", Values.Raw(TurnReader.TextSchema), "The system's turn: a text, or text blocks.");

    private static readonly RequestField<string[]> StopSequences =
        new("stop_sequences", ChatRequestParser.StopStrings, "Texts that end the answer and are no part of it.");

    private static readonly RequestField<float> Temperature =
        new("temperature", Values.Number(0, 1), "How freely tokens are drawn; 0 takes the likeliest.");

    private static readonly RequestField<ToolDefinition[]> Tools =
        new("tools", MessagesTools.Values, "Functions that the answer may call, each with a name of its own.");

    private static readonly RequestField<JsonField> Choice =
        new("tool_choice", Values.Raw(MessagesTools.ChoiceSchema), "Whether a function has to be called (any, or tool with its name), may (auto), or may not (none).");

    private static readonly RequestField<JsonField> Thinking = new(
        "thinking",
        Values.Raw(
            """
            {"type":"object","required":["type"],"properties":{"type":{"enum":["enabled","disabled","adaptive"]},
             "budget_tokens":{"type":["integer","null"],"minimum":1,"maximum":2147483647}}}
            """),
        "The template's variable enable_thinking; budget_tokens changes nothing.");

    private static readonly RequestField<JsonField> OutputConfig = new(
        "output_config",
        Values.Raw(
            $$$$"""
            {"type":"object","properties":{"effort":{"anyOf":[{{{{Efforts.Schema}}}},{"type":"null"}]},
              "format":{"anyOf":[{{{{FormatSchema}}}},{"type":"null"}]}}}
            """),
        "format is the form of the answer; effort is the template's variable reasoning_effort.");

    private static readonly RequestField<JsonField> OutputFormat =
        new("output_format", Values.Raw(FormatSchema), "The older name of output_config.format.");

    // What is refused would change the answer, and nothing here does what it asks for.
    private static readonly RequestField[] Others =
    [
        RequestFields.Model, Messages, System, StopSequences, RequestFields.Stream, Temperature, RequestFields.TopP, RequestFields.TopK, Tools, Choice, Thinking,
        OutputConfig, OutputFormat, RequestFields.Cascade,
        RefusedField.ButEmpty("container"), RefusedField.ButEmpty(MessagesErrorWriter.ThreadField),
        // It drops old turns to save tokens; Claude Code always sends it.
        RequestField.Ignored("context_management"),
    ];

    /// <summary>The fields of a request for an answer.</summary>
    public static FieldTable Fields { get; } = RequestFields.Table([Limit, .. Others]);

    /// <summary>Those of a request to count: without an answer it needs no limit.</summary>
    public static FieldTable CountFields { get; } = RequestFields.Table([OptionalLimit, .. Others]);

    /// <param name="body">The body.</param>
    /// <param name="cacheSalt">Whose request it is.</param>
    /// <param name="table">Its fields; null for those of a request for an answer.</param>
    /// <exception cref="ApiException">The request is refused, with status 400.</exception>
    public static MessagesBody Parse(ReadOnlyMemory<byte> body, string cacheSalt = "", FieldTable? table = null) =>
        ChatRequestParser.Parse(body, table ?? Fields, fields => Read(fields, cacheSalt));

    private static MessagesBody Read(RequestBody body, string cacheSalt)
    {
        List<string> ignored = [.. RequestFields.Check(body)];
        int? limit = body.Table.Has(Limit) ? body.Require(Limit) : body.Find(OptionalLimit);
        ChatMessage[] messages = TurnReader.Read(body.Require(Messages), body[System]);
        GenerationRequest request = new()
        {
            Id = $"msg_{Guid.NewGuid():N}",
            CacheSalt = cacheSalt,
            Member = ChatRequestParser.ReadModel(body),
            Messages = messages,
            MaxTokens = limit,
            Sampling = new() { Temperature = body.Find(Temperature), TopP = body.Find(RequestFields.TopP), TopK = body.Find(RequestFields.TopK) },
            Stop = body.Get(StopSequences) ?? [],
            Streams = body.Get(RequestFields.Stream),
            Constraint = ReadForm(body[OutputFormat], body[OutputConfig]),
            Template = new()
            {
                Variables = ReadVariables(body[Thinking], body[OutputConfig], ignored),
                // What the assistant has said last is the beginning of the answer.
                ContinuesFinalMessage = messages[^1].Role == "assistant",
            },
            Controls = body.Get(RequestFields.Cascade) ?? CascadeControls.None,
        };
        return new(MessagesTools.Read(request, body.Get(Tools) ?? [], body[Choice]), ignored);
    }

    private static Dictionary<string, JsonElement> ReadVariables(JsonField thinking, JsonField config, List<string> ignored)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        if (!thinking.IsNull)
        {
            JsonField type = thinking.Required("type"), budget = thinking.Member("budget_tokens");
            // Where the model shall decide the template's own default stays.
            if (type.String() is "enabled" or "disabled")
                variables["enable_thinking"] = JsonSerializer.SerializeToElement(type.String() == "enabled");
            else if (type.String() != "adaptive")
                throw type.Error("must be enabled, disabled or adaptive");
            if (!budget.IsNull)
            {
                _ = budget.Int32(1, int.MaxValue);
                ignored.Add(budget.Path);
            }
        }

        if (!config.IsNull && config.Member("effort") is { IsNull: false } effort)
        {
            variables["reasoning_effort"] = JsonSerializer.SerializeToElement(Efforts.Read(effort));
        }

        return variables;
    }

    private static OutputConstraint? ReadForm(JsonField format, JsonField config)
    {
        JsonField later = config.IsNull ? default : config.Member("format");
        if (!format.IsNull && !later.IsNull)
            throw later.Error($"is the new name for '{format.Path}'; give one of them");
        JsonField given = later.IsNull ? format : later;
        if (given.IsNull)
            return null;
        JsonField type = given.Required("type"), schema = given.Required("schema");
        if (type.String() != "json_schema")
            throw type.Error("must be json_schema");
        return schema.Element.ValueKind == JsonValueKind.Object
            ? new(OutputConstraintKind.JsonSchema, schema.Element.GetRawText())
            : throw schema.WrongType("a JSON schema");
    }
}

/// <summary>A checked body of /v1/messages.</summary>
/// <param name="Request">The request.</param>
/// <param name="Ignored">Fields that changed nothing.</param>
internal sealed record MessagesBody(GenerationRequest Request, IReadOnlyList<string> Ignored);

/// <summary>Reads the functions that an answer may call, as Anthropic writes them.</summary>
internal static class MessagesTools
{
    public const string ChoiceSchema = """
        {"type":"object","required":["type"],"properties":{"type":{"enum":["auto","any","tool","none"]},"disable_parallel_tool_use":{"type":["boolean","null"]}},
         "if":{"properties":{"type":{"const":"tool"}}},"then":{"required":["name"],"properties":{"name":{"type":"string"}}},
         "examples":[{"type":"auto"},{"type":"none","disable_parallel_tool_use":true}]}
        """;

    /// <summary>Functions of the client's own.</summary>
    public static Values<ToolDefinition[]> Values { get; } = new(
        $$$$"""
        {"type":"array","maxItems":{{{{ToolFields.MaxTools}}}},"items":{"type":"object","required":["name","input_schema"],"properties":{"type":{"enum":["custom",null]},
         "name":{{{{ToolFields.NameSchema}}}},"description":{"type":["string","null"]},"input_schema":{"type":"object","examples":[{"type":"object"}]},
         "strict":{"type":["boolean","null"]}}} }
        """,
        field => ToolFields.ReadAll(field, ReadTool));

    public static GenerationRequest Read(GenerationRequest request, ToolDefinition[] tools, JsonField choice)
    {
        JsonField single = choice.IsNull ? default : choice.Member("disable_parallel_tool_use");
        return request with
        {
            Tools = tools,
            ToolChoice = ReadChoice(choice, tools),
            ParallelToolCalls = single.IsNull || !single.Boolean(),
        };
    }

    private static ToolDefinition ReadTool(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        if (field.Member("type") is { IsNull: false } type && type.String() != "custom")
            throw type.Error($"is '{Excerpt.Of(type.String())}', but only functions of your own (custom) are served");
        JsonField description = field.Member("description"), strict = field.Member("strict");
        string name = ToolFields.ReadName(field.Required("name"));
        JsonField schema = field.Required("input_schema");
        return schema.Element.ValueKind == JsonValueKind.Object
            ? new(name, description.IsNull ? null : description.String(), schema.Element.GetRawText(), !strict.IsNull && strict.Boolean())
            : throw schema.WrongType("a JSON schema");
    }

    private static ToolChoice ReadChoice(JsonField field, ToolDefinition[] tools)
    {
        if (field.IsNull)
            return ToolChoice.Auto;
        JsonField type = field.Required("type");
        ToolChoice choice = type.String() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => new(ToolChoiceKind.None),
            "any" => new(ToolChoiceKind.Required),
            "tool" => new(ToolChoiceKind.Required, field.Required("name").String()),
            _ => throw type.Error("must be auto, any, tool or none"),
        };
        if (choice.Kind == ToolChoiceKind.Required && tools.Length == 0)
            throw field.Error("asks for a function, but there are none");
        return choice.Name is null || Array.Exists(tools, tool => tool.Name == choice.Name)
            ? choice
            : throw field.Member("name").Error("is none of the functions that are given");
    }
}
