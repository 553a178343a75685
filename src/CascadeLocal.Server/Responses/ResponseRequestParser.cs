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

    // Of chats: what OpenAI has not here, and what asks for nothing that could not be done.
    private static readonly string[] Extensions =
    [
        "top_k", "min_p", "repetition_penalty", "repeat_penalty", "frequency_penalty", "presence_penalty", "logit_bias", "seed", "stop",
        "stop_token_ids", "ignore_eos", "cascade", "chat_template_kwargs", "enable_thinking", "documents",
    ];

    private static readonly string[] Own =
    [
        "model", "input", "instructions", "max_output_tokens", "temperature", "top_p", "stream", "stream_options", "tools", "tool_choice",
        "parallel_tool_calls", "text", "reasoning", "top_logprobs", "include", "metadata", "user", "store", "previous_response_id",
    ];

    private static readonly Dictionary<string, Func<JsonElement, bool>> Refused = new()
    {
        ["background"] = v => v.ValueKind == JsonValueKind.False,
        ["conversation"] = _ => false,
        ["prompt"] = _ => false,
        ["context_management"] = _ => false,
        ["truncation"] = v => v.ValueKind == JsonValueKind.String && v.ValueEquals("disabled"),
    };

    // Only tools that are not served here count.
    private const string MaxToolCalls = "max_tool_calls";

    /// <summary>The fields that are read.</summary>
    public static IReadOnlyCollection<string> Served { get; } = [.. Own, .. Extensions, .. Refused.Keys];

    /// <param name="body">The body.</param>
    /// <param name="cacheSalt">Whose request it is.</param>
    /// <param name="find">Finds an earlier response of theirs.</param>
    /// <exception cref="ApiException">The request is refused.</exception>
    public static ResponseBody Parse(ReadOnlyMemory<byte> body, string cacheSalt, Func<string, StoredResponse?> find) =>
        ChatRequestParser.Parse(body, root => Read(root, cacheSalt, find));

    private static ResponseBody Read(JsonField root, string cacheSalt, Func<string, StoredResponse?> find)
    {
        foreach ((string name, Func<JsonElement, bool> isHarmless) in Refused)
        {
            if (root.Member(name) is { IsNull: false } field && !isHarmless(field.Element))
                throw field.Error("is not served");
        }

        List<string> ignored = [.. RequestFields.Check(root, [.. Served, MaxToolCalls])];
        if (!root.Member(MaxToolCalls).IsNull)
            ignored.Add(MaxToolCalls);
        JsonField previous = root.Member("previous_response_id"), instructions = root.Member("instructions"), user = root.Member("user"), store = root.Member("store");
        JsonField reasoning = root.Member("reasoning"), limit = root.Member("max_output_tokens");
        JsonField effort = ReadReasoning(reasoning, ignored), format = ReadText(root.Member("text"));
        CheckStreamOptions(root.Member("stream_options"), ignored);
        GenerationRequest request = ChatRequestParser.ReadCommon(
            new() { Id = ResponseItem.NewId("resp"), CacheSalt = cacheSalt, TopCandidates = ReadCandidates(root, ignored) }, root, readsLogProbabilities: false);
        request = ToolFields.ReadFlat(request, root) with
        {
            MaxTokens = limit.IsNull ? null : limit.Int32(1, int.MaxValue),
            Constraint = format.IsNull ? null : OutputFields.ReadFlatFormat(format),
            Template = TemplateFields.Read(root, effort),
        };
        string? system = instructions.IsNull ? null : instructions.String();
        IReadOnlyDictionary<string, string> metadata = ReadMetadata(root.Member("metadata"));
        bool isStored = store.IsNull || store.Boolean();
        IReadOnlyList<ResponseItem> before = previous.IsNull ? [] : (find(previous.String()) ?? throw NotFound(previous.String())).Conversation;
        ResponseItem[] input = InputParser.Read(root.Required("input"), before);
        return new(request with { Messages = Conversation.Of(system, [.. before, .. input]) }, before, input)
        {
            PreviousId = previous.IsNull ? null : previous.String(),
            Instructions = system,
            IsStored = isStored,
            Format = format.IsNull ? null : format.Element.Clone(),
            Effort = effort.IsNull ? null : effort.String(),
            Metadata = metadata,
            User = user.IsNull ? null : user.String(),
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
            throw verbosity.Error("is not served");
        return field.Member("format");
    }

    private static void CheckStreamOptions(JsonField field, List<string> ignored)
    {
        if (field.IsNull)
            return;
        // Nothing is ever padded here.
        if (field.Member("include_obfuscation") is { IsNull: false } padding && padding.Boolean())
            ignored.Add(padding.Path);
    }

    private static int? ReadCandidates(JsonField root, List<string> ignored)
    {
        JsonField include = root.Member("include"), top = root.Member("top_logprobs");
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
        int count = top.IsNull ? 0 : top.Int32(0, 20);
        return wanted ? count : count == 0 ? null : throw top.Error($"needs 'include' to hold '{LogProbabilities}'");
    }

    private static Dictionary<string, string> ReadMetadata(JsonField field)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        if (field.IsNull)
            return metadata;
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
