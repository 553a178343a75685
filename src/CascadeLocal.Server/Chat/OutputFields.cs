using System.Text;
using System.Text.Json;

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

    // What stands for a schema is checked by whoever compiles it, and refused by name.
    private const string SchemaSchema = """{"type":["object","boolean","string"],"examples":[{"type":"object","properties":{"a":{"type":"integer"}}},true]}""";

    private const string NullableSchemaSchema = """{"type":["object","boolean","string","null"],"examples":[{"type":"object"},null]}""";

    private const string RegexSchema = """{"type":"string","examples":["[a-z]{1,5}"]}""";

    private const string GrammarSchema = """{"type":"string","examples":["root ::= \"yes\" | \"no\"",""]}""";

    private static readonly string OptionsSchema =
        $$$$"""{"type":"array","minItems":1,"maxItems":{{{{MaxOptions}}}},"items":{"type":"string","minLength":1}}""";

    public static RequestField<int> Choices { get; } = new("n", Values.Int32(1, MaxChoices), "So many answers side by side.") { Default = 1 };

    public static RequestField<bool> LogProbabilities { get; } =
        new("logprobs", Values.Boolean, "Whether each token comes with its log-probability.") { Default = false };

    public static RequestField<int> TopLogProbabilities { get; } =
        new("top_logprobs", Values.Int32(0, 20), "So many candidates beside each token; needs logprobs.") { Default = 0 };

    public static RequestField<int> MinTokens { get; } =
        new("min_tokens", Values.Int32(0), "The answer does not end of its own before; at most max_tokens, and not with a form.") { Default = 0 };

    public static RequestField<int[]> StopTokenIds { get; } = new(
        "stop_token_ids",
        new($$$$"""{"type":"array","maxItems":{{{{MaxStopTokens}}}},"items":{{{{Values.Int32(0).Schema}}}} }""", ReadStopTokens),
        "Ids of tokens that end the answer and are no part of its text.");

    public static RequestField<string> Prediction { get; } = new(
        "prediction",
        new(
            $$$$"""{"type":"object","required":["type","content"],"properties":{"type":{"const":"content"},"content":{{{{MessageParser.ContentSchema}}}} }}""",
            ReadPrediction),
        "What the answer is likely to be; the answer is the same without.");

    public static RequestField<OutputConstraint?> ResponseFormat { get; } = new(
        "response_format",
        new(
            $$$$"""
            {"type":"object","required":["type"],"properties":{"type":{"enum":["text","json_object","json_schema"]}},"allOf":[
              {"if":{"properties":{"type":{"const":"json_object"}}},"then":{"properties":{"schema":{{{{NullableSchemaSchema}}}} }}},
              {"if":{"properties":{"type":{"const":"json_schema"}}},"then":{"required":["json_schema"],"properties":{"json_schema":{"type":"object","properties":{
                "name":{"anyOf":[{{{{ToolFields.NameSchema}}}},{"type":"null"}]},"strict":{"type":["boolean","null"]},"schema":{{{{NullableSchemaSchema}}}} }}} }}]}
            """,
            ReadResponseFormat),
        "The form of the answer as OpenAI has it: text, json_object or json_schema. Of this and the other forms one may be given.");

    public static RequestField<OutputConstraint?> StructuredOutputs { get; } = new(
        "structured_outputs",
        new(
            $$$$"""
            {"type":"object","additionalProperties":false,"properties":{"json":{{{{NullableSchemaSchema}}}},"json_object":{"type":["boolean","null"]},
              "regex":{"anyOf":[{{{{RegexSchema}}}},{"type":"null"}]},"grammar":{"anyOf":[{{{{GrammarSchema}}}},{"type":"null"}]},
              "choice":{"anyOf":[{{{{OptionsSchema}}}},{"type":"null"}]},"structural_tag":{"type":"null"},"whitespace_pattern":{"type":"null"},
              "disable_any_whitespace":{"enum":[false,null]},"disable_additional_properties":{"enum":[false,null]},"disable_fallback":{"type":["boolean","null"]}}}
            """,
            ReadStructured),
        "vLLM's: a form as json, regex, choice, grammar or json_object.");

    public static RequestField<OutputConstraint?> GuidedJson { get; } = new("guided_json", new(SchemaSchema, ReadSchema), "vLLM's: a JSON Schema.");

    public static RequestField<OutputConstraint?> GuidedRegex { get; } = new("guided_regex", new(RegexSchema, ReadRegex), "vLLM's: a regular expression.");

    public static RequestField<OutputConstraint?> GuidedChoice { get; } = new("guided_choice", new(OptionsSchema, ReadOptions), "vLLM's: one of these texts.");

    public static RequestField<OutputConstraint?> GuidedGrammar { get; } = new("guided_grammar", new(GrammarSchema, ReadGrammar), "vLLM's: a grammar (GBNF).");

    public static RequestField<OutputConstraint?> Grammar { get; } = new("grammar", new(GrammarSchema, ReadGrammar), "llama-server's: a grammar (GBNF).");

    public static RequestField<OutputConstraint?> JsonSchema { get; } = new("json_schema", new(SchemaSchema, ReadSchema), "llama-server's: a JSON Schema.");

    public static RequestField<OutputConstraint?> Format { get; } = new(
        "format",
        new("""{"anyOf":[{"enum":["","json"]},{"type":["object","boolean"],"examples":[{"type":"object"}]}]}""", ReadFormat),
        "ollama's: json, or a JSON Schema.");

    private static readonly RequestField<OutputConstraint?>[] Forms =
        [ResponseFormat, GuidedJson, GuidedRegex, GuidedChoice, GuidedGrammar, Grammar, JsonSchema, Format, StructuredOutputs];

    /// <summary>All but log-probabilities, which not all requests ask for in one way.</summary>
    public static IReadOnlyList<RequestField> All { get; } = [Choices, MinTokens, StopTokenIds, Prediction, .. Forms];

    public static GenerationRequest Read(GenerationRequest request, RequestBody body) => request with
    {
        Choices = body.Get(Choices),
        TopCandidates = ReadTopCandidates(body) ?? request.TopCandidates,
        MinTokens = body.Get(MinTokens),
        StopTokens = body.Get(StopTokenIds) ?? [],
        Prediction = body.Get(Prediction),
        Constraint = ReadConstraint(body),
    };

    private static int? ReadTopCandidates(RequestBody body)
    {
        bool wanted = body.Get(LogProbabilities);
        int count = body.Get(TopLogProbabilities);
        return wanted ? count : count == 0 ? null : throw body[TopLogProbabilities].Error("needs 'logprobs' to be true");
    }

    /// <summary>Checks what belongs together, once it is known how long the answer may be.</summary>
    /// <exception cref="JsonFieldException">It has to be longer than it may.</exception>
    public static GenerationRequest Check(GenerationRequest request, RequestBody body) => request.MinTokens <= (request.MaxTokens ?? int.MaxValue)
        ? request
        : throw body[MinTokens].Error($"must not be more than the most tokens of the answer, {request.MaxTokens}");

    private static int[] ReadStopTokens(JsonField field)
    {
        int[] tokens = [.. field.Items().Take(MaxStopTokens + 1).Select(item => item.Int32(0, int.MaxValue))];
        return tokens.Length <= MaxStopTokens ? tokens : throw field.Error($"may hold at most {MaxStopTokens} token ids");
    }

    private static string ReadPrediction(JsonField field)
    {
        JsonField type = field.Required("type");
        if (type.String() != "content")
            throw type.Error("must be 'content'");
        return MessageParser.ReadContent(field.Required("content"));
    }

    /// <summary>The form that is asked for in one of its ways; null for any.</summary>
    /// <exception cref="JsonFieldException">It is wrong, or there are two.</exception>
    public static OutputConstraint? ReadConstraint(RequestBody body)
    {
        (RequestField Field, OutputConstraint? Constraint)[] given =
            [.. Forms.Select(form => ((RequestField)form, body.Get(form))).Where(form => form.Item2 is not null)];
        return given.Length <= 1 ? given.FirstOrDefault().Constraint : throw TwoForms(body[given[1].Field], body[given[0].Field]);
    }

    // What is not known is refused: who asked for a form reads the answer as one.
    private static readonly ObjectReader<List<(JsonField Field, OutputConstraint Constraint)>> Structured = new(
        new()
        {
            ["json"] = Adds(ReadSchema),
            ["regex"] = Adds(ReadRegex),
            ["choice"] = Adds(ReadOptions),
            ["grammar"] = Adds(ReadGrammar),
            ["json_object"] = Adds(field => field.Boolean() ? AnyObject : null),
            ["structural_tag"] = Adds(NotServed),
            ["whitespace_pattern"] = Adds(NotServed),
            ["disable_any_whitespace"] = Adds(field => field.Boolean() ? NotServed(field) : null),
            ["disable_additional_properties"] = Adds(field => field.Boolean() ? NotServed(field) : null),
            // Which of vLLM's backends makes the form.
            ["disable_fallback"] = Adds(field =>
            {
                _ = field.Boolean();
                return null;
            }),
        },
        "a known form");

    private static Func<List<(JsonField Field, OutputConstraint Constraint)>, JsonField, List<(JsonField Field, OutputConstraint Constraint)>> Adds(
        Func<JsonField, OutputConstraint?> read) => (given, field) => read(field) is { } constraint ? [.. given, (field, constraint)] : given;

    private static OutputConstraint? NotServed(JsonField field) => throw field.Error("is not served");

    private static OutputConstraint? ReadStructured(JsonField field)
    {
        List<(JsonField Field, OutputConstraint Constraint)> given = Structured.Read([], field);
        return given.Count <= 1 ? given.FirstOrDefault().Constraint : throw TwoForms(given[1].Field, given[0].Field);
    }

    private static JsonFieldException TwoForms(JsonField field, JsonField other) =>
        field.Error($"and '{other.Path}' both give the form of the answer; give one of them");

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
    public const string FlatFormatSchema = $$$$"""
        {"type":"object","required":["type"],"properties":{"type":{"enum":["text","json_object","json_schema"]}},
         "if":{"properties":{"type":{"const":"json_schema"}}},"then":{"required":["name","schema"],"properties":{
           "name":{{{{ToolFields.NameSchema}}}},"schema":{{{{SchemaSchema}}}},"strict":{"type":["boolean","null"]}}} }
        """;

    /// <summary>Reads a format of <see cref="FlatFormatSchema"/>.</summary>
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

    private static OutputConstraint? ReadNamedSchema(JsonField field)
    {
        if (field.Member("name") is { IsNull: false } name)
            _ = ToolFields.ReadName(name);
        if (field.Member("strict") is { IsNull: false } strict)
            _ = strict.Boolean();
        return field.Member("schema") is { IsNull: false } schema ? ReadSchema(schema) : AnyObject;
    }

    // vLLM takes a schema as text, too.
    private static OutputConstraint? ReadSchema(JsonField field) => new(OutputConstraintKind.JsonSchema, field.Element.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False => field.Element.GetRawText(),
        JsonValueKind.String => field.String(),
        _ => throw field.WrongType("a JSON schema"),
    })
    {
        Field = field.Path,
    };

    private static OutputConstraint? ReadRegex(JsonField field) => new(OutputConstraintKind.Regex, field.String()) { Field = field.Path };

    // llama-server takes an empty grammar for none.
    private static OutputConstraint? ReadGrammar(JsonField field) =>
        field.String() is { Length: > 0 } grammar ? new(OutputConstraintKind.Grammar, grammar) { Field = field.Path } : null;

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

    private static OutputConstraint? ReadOptions(JsonField field)
    {
        string[] options = [.. field.Items().Take(MaxOptions + 1).Select(item => item.String())];
        if (options.Length is 0 or > MaxOptions || options.Contains(""))
            throw field.Error($"must hold 1 to {MaxOptions} texts, none of them empty");
        return new(OutputConstraintKind.Regex, string.Join('|', options.Select(Escape))) { Field = field.Path };
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
