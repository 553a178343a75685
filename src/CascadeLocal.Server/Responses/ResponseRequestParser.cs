using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Reads a request of the Responses API, with the fields of its own and those that it shares with chats.</summary>
internal static class ResponseRequestParser
{
    private const string LogProbabilities = "message.output_text.logprobs";
    private const int MaxMetadata = 16;
    private const int MaxMetadataName = 64;
    private const int MaxMetadataValue = 512;
    private const string SummarySchema = """{"enum":["auto","concise","detailed",null]}""";

    private static readonly RequestField<JsonField> Input =
        new("input", Values.Raw(InputParser.Schema), "What is asked: a text, or items.") { IsRequired = true };

    private static readonly RequestField<string> Instructions = new("instructions", Values.Text, "The system's turn, before all others; of this request only.");

    private static readonly RequestField<int> MaxOutputTokens = new("max_output_tokens", Values.Int32(1), "The most tokens of the answer.");

    private static readonly RequestField<JsonField> Format = new(
        "text",
        Values.Raw(
            $$$$"""
            {"type":"object","properties":{"verbosity":{"enum":["medium",null]},"format":{"anyOf":[{{{{OutputFields.FlatFormatSchema}}}},{"type":"null"}]}}}
            """),
        "The form of the answer, as format: text, json_object or json_schema.");

    private static readonly RequestField<JsonField> Reasoning = new(
        "reasoning",
        Values.Raw(
            $$$$"""
            {"type":"object","properties":{"effort":{"anyOf":[{{{{TemplateFields.Efforts.Schema}}}},{"type":"null"}]},
              "summary":{{{{SummarySchema}}}},"generate_summary":{{{{SummarySchema}}}} }}
            """),
        "How much shall be thought, as effort; a summary changes nothing, since what is thought is told in full.");

    private static readonly RequestField<int> TopLogProbabilities =
        new("top_logprobs", Values.Int32(0, 20), $"So many candidates beside each token; include has to hold {LogProbabilities}.") { Default = 0 };

    private static readonly RequestField<JsonField> Include = new(
        "include",
        Values.Raw($$$$"""{"type":"array","items":{"enum":["{{{{LogProbabilities}}}}","reasoning.encrypted_content"]}}"""),
        $"{LogProbabilities} for log-probabilities; reasoning.encrypted_content changes nothing.");

    private static readonly RequestField<Dictionary<string, string>> Metadata = new(
        "metadata",
        new(
            $$$$"""
            {"type":"object","maxProperties":{{{{MaxMetadata}}}},"propertyNames":{"maxLength":{{{{MaxMetadataName}}}} },
              "additionalProperties":{"type":"string","maxLength":{{{{MaxMetadataValue}}}} }}
            """,
            ReadMetadata),
        "The client's own notes, told in the response.");

    private static readonly RequestField<string> User = new("user", Values.Text, "Who the client says its user is, told in the response.");

    private static readonly RequestField<bool> Store = new("store", Values.Boolean, "Whether the response is kept.") { Default = true };

    private static readonly RequestField<string> Previous = new("previous_response_id", Values.Text, "The response that is continued, which has to be kept.");

    private static readonly RequestField<bool> StreamOptions = new(
        "stream_options",
        new(
            """{"type":"object","properties":{"include_obfuscation":{"type":["boolean","null"]}}}""",
            field => field.Member("include_obfuscation") is { IsNull: false } padding && padding.Boolean()),
        "include_obfuscation changes nothing: nothing is ever padded.");

    /// <summary>The fields of a request.</summary>
    public static FieldTable Fields { get; } = RequestFields.Table(
    [
        Input, RequestFields.Model, Instructions, MaxOutputTokens, RequestFields.Temperature, RequestFields.TopP, RequestFields.Stream, StreamOptions,
        ToolFields.FlatTools, ToolFields.Choice, ToolFields.Parallel, Format, Reasoning, TopLogProbabilities, Include, Metadata, User, Store, Previous,
        RequestFields.Cascade, .. RequestFields.Extensions, TemplateFields.Variables, TemplateFields.EnableThinking, TemplateFields.Documents,
        RefusedField.But("background", false), RefusedField.Never("context_management"),
        RefusedField.But("truncation", "disabled"),
        // Only tools that are not served here count.
        RequestField.Ignored("max_tool_calls"),
    ]);

    /// <param name="body">The body.</param>
    /// <param name="cacheSalt">Whose request it is.</param>
    /// <param name="store">Has the earlier responses that it may continue.</param>
    /// <param name="mostCharacters">The most of a conversation, what is continued included: as many as a body can bring.</param>
    /// <exception cref="ApiException">The request is refused.</exception>
    public static ResponseBody Parse(ReadOnlyMemory<byte> body, string cacheSalt, ResponseStore store, long mostCharacters) =>
        ChatRequestParser.Parse(body, Fields, fields => Read(fields, cacheSalt, store, mostCharacters));

    private static ResponseBody Read(RequestBody body, string cacheSalt, ResponseStore store, long mostCharacters)
    {
        List<string> ignored = [.. RequestFields.Check(body)];
        JsonField effort = ReadReasoning(body[Reasoning], ignored), format = ReadText(body[Format]);
        if (body.Get(StreamOptions))
            ignored.Add("stream_options.include_obfuscation");
        GenerationRequest request = ChatRequestParser.ReadCommon(
            new() { Id = ResponseItem.NewId("resp"), CacheSalt = cacheSalt, TopCandidates = ReadCandidates(body, ignored) }, body);
        request = ToolFields.Read(request, body) with
        {
            MaxTokens = body.Find(MaxOutputTokens),
            Constraint = format.IsNull ? null : OutputFields.ReadFlatFormat(format),
            Template = TemplateFields.Read(body, effort.IsNull ? null : TemplateFields.Efforts.Read(effort)),
        };
        string? system = body.Get(Instructions), user = body.Get(User), previous = body.Get(Previous);
        Dictionary<string, string> metadata = body.Get(Metadata) ?? [];
        bool isStored = body.Get(Store);
        JsonField given = body.Require(Input);
        IReadOnlyList<ResponseItem> before = previous is null ? [] : (store.Find(previous, cacheSalt) ?? throw NotFound(previous)).Conversation;
        ResponseItem[] input = InputParser.Read(given, before, ids => store.FindItems(ids, cacheSalt));
        long characters = before.Concat(input).Sum(item => item.Characters);
        if (characters > mostCharacters)
            throw given.Error($"has {characters} characters, with what it continues and refers to; {mostCharacters} are the most");
        return new(request with { Messages = Conversation.Of(system, [.. before, .. input]) }, before, input)
        {
            PreviousId = previous,
            Instructions = system,
            IsStored = isStored,
            Format = format.IsNull ? null : format.Element.Clone(),
            Effort = effort.IsNull ? null : effort.String(),
            Metadata = metadata,
            User = user,
            Ignored = ignored,
        };
    }

    private static ApiException NotFound(string id) => new(ApiError.InvalidRequest(
        $"There is no response '{Excerpt.Of(id)}' to continue: it is not kept, or forgotten, or somebody else's.", "previous_response_id", "previous_response_not_found", 404));

    private static JsonField ReadReasoning(JsonField field, List<string> ignored)
    {
        if (field.IsNull)
            return default;
        foreach (string name in new[] { "summary", "generate_summary" })
        {
            if (field.Member(name) is not { IsNull: false } summary)
                continue;
            // There is no summary to choose: what is thought is told in full.
            if (summary.String() is not ("auto" or "concise" or "detailed"))
                throw summary.Error("must be auto, concise or detailed");
            ignored.Add(summary.Path);
        }

        return field.Member("effort");
    }

    private static JsonField ReadText(JsonField field)
    {
        if (field.IsNull)
            return default;
        if (field.Member("verbosity") is { IsNull: false } verbosity && verbosity.String() != "medium")
            throw verbosity.Error("is not served; leave it out or send \"medium\"");
        return field.Member("format");
    }

    private static int? ReadCandidates(RequestBody body, List<string> ignored)
    {
        JsonField include = body[Include];
        bool wanted = false, ignoresSome = false;
        foreach (JsonField item in include.IsNull ? [] : include.Items())
        {
            switch (item.String())
            {
                case LogProbabilities:
                    wanted = true;
                    break;
                // What is thought is told in full, and can be sent back as it is.
                case "reasoning.encrypted_content":
                    ignoresSome = true;
                    break;
                default:
                    throw item.Error($"is '{Excerpt.Of(item.String())}', but only {LogProbabilities} is served");
            }
        }

        if (ignoresSome)
            ignored.Add(include.Path);
        int count = body.Get(TopLogProbabilities);
        return wanted ? count : count == 0 ? null : throw body[TopLogProbabilities].Error($"needs 'include' to hold '{LogProbabilities}'");
    }

    private static Dictionary<string, string> ReadMetadata(JsonField field)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach ((string name, JsonField value) in field.Members())
        {
            if (metadata.Count == MaxMetadata || name.Length > MaxMetadataName)
                throw field.Error($"may have at most {MaxMetadata} names of at most {MaxMetadataName} characters");
            metadata[name] = value.String() is { Length: <= MaxMetadataValue } text ? text : throw value.Error($"may have at most {MaxMetadataValue} characters");
        }

        return metadata;
    }
}

/// <summary>A checked body of /v1/responses.</summary>
/// <param name="Request">The request, with all turns.</param>
/// <param name="Before">The items that it continues.</param>
/// <param name="Input">Its own.</param>
internal sealed record ResponseBody(GenerationRequest Request, IReadOnlyList<ResponseItem> Before, IReadOnlyList<ResponseItem> Input)
{
    /// <summary>The response that it continues; null for none.</summary>
    public string? PreviousId { get; init; }

    /// <summary>The system's turn, for this request only; null for none.</summary>
    public string? Instructions { get; init; }

    /// <summary>Whether the response is kept.</summary>
    public bool IsStored { get; init; }

    /// <summary>The form of the answer as it was asked for; null for text.</summary>
    public JsonElement? Format { get; init; }

    /// <summary>How much shall be thought; null for what the model takes for right.</summary>
    public string? Effort { get; init; }

    /// <summary>The client's own notes.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Who the client says its user is.</summary>
    public string? User { get; init; }

    /// <summary>Fields that changed nothing.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }
}
