using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Messages;

/// <summary>Reads a request of Anthropic's Messages API. An explicit null means absent, as in chats.</summary>
internal static class MessagesRequestParser
{
    // They would change the answer, and nothing here does what they ask for.
    private static readonly string[] Refused = ["container", "context_management", "mcp_servers"];

    private static readonly string[] Efforts = ["low", "medium", "high", "xhigh", "max"];

    public static IReadOnlyCollection<string> Served { get; } =
    [
        "model", "max_tokens", "messages", "system", "stop_sequences", "stream", "temperature", "top_p", "top_k", "tools", "tool_choice", "thinking",
        "output_config", "output_format", "cascade",
    ];

    /// <param name="body">The body.</param>
    /// <param name="cacheSalt">Whose request it is.</param>
    /// <param name="needsLimit">Whether it has to say how long the answer may be: only where there is one.</param>
    /// <exception cref="ApiException">The request is refused, with status 400.</exception>
    public static MessagesBody Parse(ReadOnlyMemory<byte> body, string cacheSalt = "", bool needsLimit = true) =>
        ChatRequestParser.Parse(body, root => Read(root, cacheSalt, needsLimit));

    private static MessagesBody Read(JsonField root, string cacheSalt, bool needsLimit)
    {
        foreach (JsonField field in Refused.Select(root.Member))
        {
            bool asksForNothing = field.IsNull || (field.Element.ValueKind == JsonValueKind.Array && field.Element.GetArrayLength() == 0);
            if (!asksForNothing)
                throw field.Error("is not served");
        }

        List<string> ignored = [.. RequestFields.Check(root, Served)];
        JsonField limit = needsLimit ? root.Required("max_tokens") : root.Member("max_tokens"), stream = root.Member("stream");
        ChatMessage[] messages = TurnReader.Read(root.Required("messages"), root.Member("system"));
        GenerationRequest request = new()
        {
            Id = $"msg_{Guid.NewGuid():N}",
            CacheSalt = cacheSalt,
            Member = ChatRequestParser.ReadModel(root.Member("model")),
            Messages = messages,
            MaxTokens = limit.IsNull ? null : limit.Int32(1, int.MaxValue),
            Sampling = ReadSampling(root),
            Stop = ChatRequestParser.ReadStop(root.Member("stop_sequences")),
            Streams = !stream.IsNull && stream.Boolean(),
            Constraint = ReadForm(root.Member("output_format"), root.Member("output_config")),
            Template = new()
            {
                Variables = ReadVariables(root.Member("thinking"), root.Member("output_config"), ignored),
                // What the assistant has said last is the beginning of the answer.
                ContinuesFinalMessage = messages[^1].Role == "assistant",
            },
            Controls = ControlsParser.Read(root.Member("cascade")),
        };
        return new(MessagesTools.Read(request, root.Member("tools"), root.Member("tool_choice")), ignored);
    }

    private static SamplingOptions ReadSampling(JsonField root)
    {
        JsonField temperature = root.Member("temperature"), topP = root.Member("top_p"), topK = root.Member("top_k");
        return new()
        {
            Temperature = temperature.IsNull ? null : temperature.Number(0, 1),
            TopP = topP.IsNull ? null : SamplingFields.TopP(topP),
            TopK = topK.IsNull ? null : SamplingFields.TopK(topK),
        };
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
            variables["reasoning_effort"] = Efforts.Contains(effort.String())
                ? effort.Element.Clone()
                : throw effort.Error("must be low, medium, high, xhigh or max");
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
    public static GenerationRequest Read(GenerationRequest request, JsonField field, JsonField choice)
    {
        ToolDefinition[] tools = ToolFields.ReadAll(field, ReadTool);
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
