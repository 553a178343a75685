using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// Reads what a request wants of the answer itself: how many, with which log-probabilities, ending where, and in which form. Of forms the
/// names of OpenAI, vLLM, llama-server and ollama are known.
/// </summary>
internal static class OutputFields
{
    private const int MaxChoices = 128;
    private const int MaxStopTokens = 64;
    private const int MaxOptions = 1000;

    public static IReadOnlyCollection<string> Names { get; } =
    [
        "n", "logprobs", "top_logprobs", "min_tokens", "stop_token_ids", "prediction", "response_format", "structured_outputs", "guided_json",
        "guided_regex", "guided_choice", "guided_grammar", "grammar", "json_schema", "format",
    ];

    public static GenerationRequest Read(GenerationRequest request, JsonField root, bool readsLogProbabilities) => request with
    {
        Choices = root.Member("n") is { IsNull: false } n ? n.Int32(1, MaxChoices) : 1,
        TopCandidates = readsLogProbabilities ? ReadTopCandidates(root.Member("logprobs"), root.Member("top_logprobs")) : request.TopCandidates,
        MinTokens = ReadMinTokens(root.Member("min_tokens"), request.MaxTokens),
        StopTokens = ReadStopTokens(root.Member("stop_token_ids")),
        Prediction = ReadPrediction(root.Member("prediction")),
        Constraint = ReadConstraint(root),
    };

    private static int? ReadTopCandidates(JsonField logprobs, JsonField top)
    {
        bool wanted = !logprobs.IsNull && logprobs.Boolean();
        int count = top.IsNull ? 0 : top.Int32(0, 20);
        return wanted ? count : count == 0 ? null : throw top.Error("needs 'logprobs' to be true");
    }

    private static int ReadMinTokens(JsonField field, int? maxTokens)
    {
        int least = field.IsNull ? 0 : field.Int32(0, int.MaxValue);
        return least <= (maxTokens ?? int.MaxValue) ? least : throw field.Error("must not be more than the most tokens of the answer");
    }

    private static int[] ReadStopTokens(JsonField field)
    {
        if (field.IsNull)
            return [];
        int[] tokens = [.. field.Items().Take(MaxStopTokens + 1).Select(item => item.Int32(0, int.MaxValue))];
        return tokens.Length <= MaxStopTokens ? tokens : throw field.Error($"may hold at most {MaxStopTokens} token ids");
    }

    private static string? ReadPrediction(JsonField field)
    {
        if (field.IsNull)
            return null;
        JsonField type = field.Required("type");
        if (type.String() != "content")
            throw type.Error("must be 'content'");
        return MessageParser.ReadContent(field.Required("content"));
    }

    private static OutputConstraint? ReadConstraint(JsonField root)
    {
        List<(JsonField Field, OutputConstraint Constraint)> given = [];
        Add(root.Member("response_format"), ReadResponseFormat);
        Add(root.Member("guided_json"), ReadSchema);
        Add(root.Member("guided_regex"), ReadRegex);
        Add(root.Member("guided_choice"), ReadOptions);
        Add(root.Member("guided_grammar"), ReadGrammar);
        Add(root.Member("grammar"), ReadGrammar);
        Add(root.Member("json_schema"), ReadSchema);
        Add(root.Member("format"), ReadFormat);
        if (root.Member("structured_outputs") is { IsNull: false } structured)
        {
            Add(structured.Member("json"), ReadSchema);
            Add(structured.Member("regex"), ReadRegex);
            Add(structured.Member("choice"), ReadOptions);
            Add(structured.Member("grammar"), ReadGrammar);
            Add(structured.Member("json_object"), f => f.Boolean() ? AnyObject : null);
        }

        return given.Count <= 1 ? given.FirstOrDefault().Constraint
            : throw given[1].Field.Error($"and '{given[0].Field.Path}' both give the form of the answer; give one of them");

        void Add(JsonField field, Func<JsonField, OutputConstraint?> read)
        {
            if (!field.IsNull && read(field) is { } constraint)
                given.Add((field, constraint));
        }
    }

    private static OutputConstraint AnyObject { get; } = new(OutputConstraintKind.JsonObject);

    private static OutputConstraint? ReadResponseFormat(JsonField field)
    {
        JsonField type = field.Required("type");
        return type.String() switch
        {
            "text" => null,
            // llama-server takes a schema beside it.
            "json_object" => field.Member("schema") is { IsNull: false } schema ? ReadSchema(schema) : AnyObject,
            "json_schema" => ReadNamedSchema(field.Required("json_schema")),
            _ => throw type.Error("must be text, json_object or json_schema"),
        };
    }

    /// <summary>As the Responses API has it: a schema's name stands beside its type.</summary>
    public static OutputConstraint? ReadFlatFormat(JsonField field)
    {
        if (field.Element.ValueKind != JsonValueKind.Object)
            throw field.WrongType("an object");
        JsonField type = field.Required("type");
        switch (type.String())
        {
            case "text":
                return null;
            case "json_object":
                return AnyObject;
            case "json_schema":
                _ = field.Required("name");
                _ = field.Required("schema");
                return ReadNamedSchema(field);
            default:
                throw type.Error("must be text, json_object or json_schema");
        }
    }

    private static OutputConstraint ReadNamedSchema(JsonField field)
    {
        if (field.Member("name") is { IsNull: false } name)
            _ = ToolFields.ReadName(name);
        if (field.Member("strict") is { IsNull: false } strict)
            _ = strict.Boolean();
        return field.Member("schema") is { IsNull: false } schema ? ReadSchema(schema) : AnyObject;
    }

    // vLLM takes a schema as text, too.
    private static OutputConstraint ReadSchema(JsonField field) => new(OutputConstraintKind.JsonSchema, field.Element.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False => field.Element.GetRawText(),
        JsonValueKind.String => field.String(),
        _ => throw field.WrongType("a JSON schema"),
    });

    private static OutputConstraint ReadRegex(JsonField field) => new(OutputConstraintKind.Regex, field.String());

    // llama-server takes an empty grammar for none.
    private static OutputConstraint? ReadGrammar(JsonField field) =>
        field.String() is { Length: > 0 } grammar ? new(OutputConstraintKind.Grammar, grammar) : null;

    private static OutputConstraint? ReadFormat(JsonField field) => field.Element.ValueKind switch
    {
        JsonValueKind.String => field.String() switch
        {
            "" => null,
            "json" => AnyObject,
            _ => throw field.Error("must be 'json' or a JSON schema"),
        },
        _ => ReadSchema(field),
    };

    private static OutputConstraint ReadOptions(JsonField field)
    {
        string[] options = [.. field.Items().Take(MaxOptions + 1).Select(item => item.String())];
        if (options.Length is 0 or > MaxOptions || options.Contains(""))
            throw field.Error($"must hold 1 to {MaxOptions} texts, none of them empty");
        return new(OutputConstraintKind.Regex, string.Join('|', options.Select(Escape)));
    }

    // Regex.Escape leaves ] and } as they are, and writes blanks in a way that only .NET knows.
    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c)))
                escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}

/// <summary>Reads the functions that an answer may call, and whether it has to.</summary>
internal static partial class ToolFields
{
    private const int MaxTools = 128;

    public static IReadOnlyCollection<string> Names { get; } = ["tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"];

    public static GenerationRequest Read(GenerationRequest request, JsonField root)
    {
        JsonField field = root.Member("tools"), old = root.Member("functions");
        if (!field.IsNull && !old.IsNull)
            throw old.Error("is the old name for 'tools'; give one of them");
        ToolDefinition[] tools = old.IsNull ? ReadAll(field, tool => ReadFunction(CheckType(tool).Required("function"))) : ReadAll(old, ReadFunction);
        JsonField choice = root.Member(old.IsNull ? "tool_choice" : "function_call"), parallel = root.Member("parallel_tool_calls");
        return request with
        {
            Tools = tools,
            ToolChoice = ReadChoice(choice, tools),
            ParallelToolCalls = old.IsNull && (parallel.IsNull || parallel.Boolean()),
        };
    }

    /// <summary>As the Responses API has them: a function's fields stand beside its type.</summary>
    public static GenerationRequest ReadFlat(GenerationRequest request, JsonField root)
    {
        ToolDefinition[] tools = ReadAll(root.Member("tools"), tool => ReadFunction(CheckType(tool)));
        JsonField parallel = root.Member("parallel_tool_calls");
        return request with
        {
            Tools = tools,
            ToolChoice = ReadChoice(root.Member("tool_choice"), tools),
            ParallelToolCalls = parallel.IsNull || parallel.Boolean(),
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

    private static ToolChoice ReadChoice(JsonField field, ToolDefinition[] tools)
    {
        if (field.IsNull)
            return ToolChoice.Auto;
        ToolChoice choice = field.Element.ValueKind == JsonValueKind.String
            ? field.String() switch
            {
                "auto" => ToolChoice.Auto,
                "none" => new(ToolChoiceKind.None),
                "required" => new(ToolChoiceKind.Required),
                _ => throw field.Error("must be auto, none, required or a function"),
            }
            : new(ToolChoiceKind.Required, ReadChosen(field, tools));
        return choice.Kind == ToolChoiceKind.Required && tools.Length == 0 ? throw field.Error("asks for a function, but there are none") : choice;
    }

    private static string ReadChosen(JsonField field, ToolDefinition[] tools)
    {
        // The old field has the name at once.
        JsonField function = field.Member("function") is { IsNull: false } named ? named : field;
        if (field.Member("type") is { IsNull: false } type && type.String() != "function")
            throw type.Error("must be 'function'");
        JsonField name = function.Required("name");
        return Array.Exists(tools, tool => tool.Name == name.String()) ? name.String() : throw name.Error("is none of the functions that are given");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.\-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
