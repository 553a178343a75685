using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// Reads a chat completion request from strangers' bytes. An explicit null means absent. Nothing is ever allocated by a
/// number that the client chose.
/// </summary>
internal static class ChatRequestParser
{
    private const int MaxStops = 16;
    private const int MaxStopLength = 512;

    private static readonly string StopSchema = $$$$"""{"type":"string","minLength":1,"maxLength":{{{{MaxStopLength}}}} }""";

    /// <summary>The most tokens of an answer; null for none.</summary>
    public static Values<int?> TokenLimit { get; } =
        new("""{"anyOf":[{"type":"integer","minimum":1,"maximum":2147483647},{"const":-1}]}""", ReadTokenLimit);

    /// <summary>Strings that end the answer: one, or several.</summary>
    public static Values<string[]> StopStrings { get; } =
        new($$$$"""{"anyOf":[{{{{StopSchema}}}},{"type":"array","maxItems":{{{{MaxStops}}}},"items":{{{{StopSchema}}}} }]}""", ReadStop);

    /// <summary>Numbers to add to the logits of tokens.</summary>
    public static Values<Dictionary<int, float>> Bias { get; } = new(
        """{"type":"object","propertyNames":{"pattern":"^[0-9]+$"},"additionalProperties":{"type":"number","minimum":-100,"maximum":100}}""",
        ReadLogitBias);

    /// <summary>Whether a stream ends with the usage.</summary>
    public static Values<bool> UsageOptions { get; } = new(
        """{"type":"object","properties":{"include_usage":{"type":["boolean","null"]}}}""",
        field => field.Member("include_usage") is { IsNull: false } usage && usage.Boolean());

    /// <exception cref="ApiException">The request is refused, with status 400.</exception>
    public static ChatBody Parse(ReadOnlyMemory<byte> body, string id = "", string cacheSalt = "") =>
        Parse(body, RequestFields.Chat, fields => Read(fields, new() { Id = id, CacheSalt = cacheSalt }));

    /// <summary>Reads a body, whatever kind of request it is.</summary>
    /// <param name="body">The body.</param>
    /// <param name="table">The fields that it may have.</param>
    /// <param name="read">Reads them.</param>
    /// <exception cref="ApiException">It is no JSON object, or <paramref name="read"/> refuses it.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, FieldTable table, Func<RequestBody, T> read)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonField root = new("", document.RootElement);
            return root.Element.ValueKind == JsonValueKind.Object ? read(new(table, root)) : throw root.WrongType("a JSON object");
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length > 0 ? e.Path : null));
        }
    }

    /// <summary>What several kinds of requests for an answer may have, as far as this one may.</summary>
    /// <param name="request">What is known of it.</param>
    /// <param name="body">All of its fields.</param>
    /// <exception cref="JsonFieldException">A field is of the wrong type or out of range.</exception>
    public static GenerationRequest ReadCommon(GenerationRequest request, RequestBody body) => OutputFields.Read(
        request with
        {
            Member = ReadModel(body),
            MaxTokens = body.Get(RequestFields.MaxTokens),
            Sampling = ReadSampling(body),
            LogitBias = body.Get(RequestFields.LogitBias) ?? [],
            // llama-server and vLLM take -1 for none.
            Seed = body.Find(RequestFields.Seed) is { } seed and not -1 ? unchecked((ulong)seed) : null,
            CachePartition = body.Get(RequestFields.CacheSalt) is { Length: > 0 } partition
                ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(partition))) : "",
            Stop = body.Get(RequestFields.Stop) ?? [],
            IgnoreEndOfSequence = body.Get(RequestFields.IgnoreEndOfSequence),
            Streams = body.Get(RequestFields.Stream),
            Controls = body.Get(RequestFields.Cascade) ?? CascadeControls.None,
        },
        body);

    /// <summary>Whether a stream ends with a chunk that holds the usage.</summary>
    /// <exception cref="JsonFieldException">It is asked for without a stream.</exception>
    public static bool ReadIncludeUsage(RequestBody body, bool stream)
    {
        bool includeUsage = body.Get(RequestFields.StreamOptions);
        JsonField field = body[RequestFields.StreamOptions];
        return stream || field.IsNull ? includeUsage : throw field.Error("is only allowed when 'stream' is true");
    }

    private static ChatBody Read(RequestBody body, GenerationRequest request)
    {
        string[] ignored = RequestFields.Check(body);
        request = ToolFields.Read(ReadCommon(request, body), body) with
        {
            Messages = body.Require(MessageParser.Messages),
            Template = TemplateFields.Read(body, body.Get(TemplateFields.ReasoningEffort)),
        };
        if (!body[RequestFields.MaxCompletionTokens].IsNull)
            request = request with { MaxTokens = body.Get(RequestFields.MaxCompletionTokens) };
        return new ChatBody(OutputFields.Check(request, body), ReadIncludeUsage(body, request.Streams), !body[ToolFields.Functions].IsNull, ignored);
    }

    /// <summary>The member that a request names; null for whoever is good enough.</summary>
    public static string? ReadModel(RequestBody body) => body.Get(RequestFields.Model) is { } model && model != MemberName.Cascade ? model : null;

    private static SamplingOptions ReadSampling(RequestBody body)
    {
        // Two names of one thing: both are read, so that neither is wrong without a word.
        float? penalty = body.Find(RequestFields.RepetitionPenalty), again = body.Find(RequestFields.RepeatPenalty);
        return new()
        {
            Temperature = body.Find(RequestFields.Temperature),
            TopK = body.Find(RequestFields.TopK),
            TopP = body.Find(RequestFields.TopP),
            MinP = body.Find(RequestFields.MinP),
            RepetitionPenalty = penalty ?? again,
            FrequencyPenalty = body.Find(RequestFields.FrequencyPenalty),
            PresencePenalty = body.Find(RequestFields.PresencePenalty),
        };
    }

    private static int? ReadTokenLimit(JsonField field)
    {
        int value = field.Int32(-1, int.MaxValue);
        return value switch
        {
            -1 => null,
            0 => throw field.Error("must be at least 1, or -1 or null for no limit"),
            _ => value,
        };
    }

    private static Dictionary<int, float> ReadLogitBias(JsonField field)
    {
        Dictionary<int, float> bias = [];
        foreach ((string key, JsonField value) in field.Members())
        {
            // "7" and "07" are one token: the later of two would silently win.
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int token)
                || !bias.TryAdd(token, value.Number(-100, 100)))
            {
                throw field.Error($"must have token ids as keys, each once; '{Excerpt.Of(key)}' is not");
            }
        }

        return bias;
    }

    private static string[] ReadStop(JsonField field)
    {
        if (field.Element.ValueKind == JsonValueKind.String)
            return [ReadStopString(field)];
        if (field.Element.ValueKind != JsonValueKind.Array)
            throw field.WrongType("a string or an array of strings");
        if (field.Element.GetArrayLength() > MaxStops)
            throw field.Error($"may hold at most {MaxStops} strings");
        return [.. field.Items().Select(ReadStopString)];
    }

    private static string ReadStopString(JsonField field)
    {
        string text = field.String();
        if (text.Length is 0 or > MaxStopLength)
            throw field.Error($"must have 1 to {MaxStopLength} characters");
        return text;
    }
}

/// <summary>Reads the <c>cascade</c> object of a request: what it asks of the cascade itself.</summary>
internal static class ControlsParser
{
    // A day: more than any answer takes, and far below what a timer holds.
    private const double MaxBudget = 86_400_000;

    private static readonly Values<double> Keep = Json.Values.Double(0, 1), Budget = Json.Values.Double(0, MaxBudget, minExclusive: true);
    private static readonly Values<bool> Allow = Json.Values.Boolean;
    private static readonly Values<int> Escalations = Json.Values.Int32(0);

    private static readonly ObjectReader<CascadeControls> Reader = new(
        new()
        {
            ["keep"] = (c, v) => c with { Keep = Keep.Read(v) },
            ["budget_ms"] = (c, v) => c with { Budget = TimeSpan.FromMilliseconds(Budget.Read(v)) },
            ["allow_escalation"] = (c, v) => c with { AllowEscalation = Allow.Read(v) },
            ["max_escalations"] = (c, v) => c with { MaxEscalations = Escalations.Read(v) },
        },
        "a known field");

    /// <summary>The object and its fields, of which none is ignored.</summary>
    public static Values<CascadeControls> Values { get; } = new(
        $$$$"""
        {"type":"object","additionalProperties":false,"properties":{
          "keep":{"anyOf":[{{{{Keep.Schema}}}},{"type":"null"}]},"budget_ms":{"anyOf":[{{{{Budget.Schema}}}},{"type":"null"}]},
          "allow_escalation":{"anyOf":[{{{{Allow.Schema}}}},{"type":"null"}]},"max_escalations":{"anyOf":[{{{{Escalations.Schema}}}},{"type":"null"}]}}}
        """,
        field => Reader.Read(CascadeControls.None, field));
}

/// <summary>A checked body of /v1/chat/completions.</summary>
/// <param name="Request">The request.</param>
/// <param name="IncludeUsage">Whether a stream ends with a chunk that holds the usage.</param>
/// <param name="UsesOldNames">Whether functions came by their old name, so that a call goes by its.</param>
/// <param name="Ignored">Fields that changed nothing.</param>
internal sealed record ChatBody(GenerationRequest Request, bool IncludeUsage, bool UsesOldNames, IReadOnlyList<string> Ignored);

/// <summary>
/// The fields that several kinds of requests have, and what becomes of every field that a request has: it is served, refused because it would
/// change the answer, or ignored because it would not. So nothing that a client asks for is dropped without a word.
/// </summary>
internal static class RequestFields
{
    private const int MaxIgnored = 64;

    public static RequestField<string> Model { get; } =
        new("model", Values.Text, "The member that answers, or cascade, which leaves it to the policy.") { Default = "cascade" };

    public static RequestField<bool> Stream { get; } =
        new("stream", Values.Boolean, "Whether the answer comes as server-sent events.") { Default = false };

    public static RequestField<CascadeControls> Cascade { get; } =
        new("cascade", ControlsParser.Values, "What is asked of the cascade itself: how good, how fast, whether another member may be asked.");

    public static RequestField<int?> MaxTokens { get; } =
        new("max_tokens", ChatRequestParser.TokenLimit, "The most tokens of the answer; -1 as if absent, which is up to the context, but 16 of a bare prompt.");

    public static RequestField<int?> MaxCompletionTokens { get; } =
        new("max_completion_tokens", ChatRequestParser.TokenLimit, "The same; wins over max_tokens.");

    public static RequestField<float> Temperature { get; } =
        new("temperature", SamplingValues.Temperature, "How freely tokens are drawn; 0 takes the likeliest.");

    public static RequestField<float> TopP { get; } =
        new("top_p", SamplingValues.TopP, "Draws from the likeliest tokens that together have this probability.");

    public static RequestField<int> TopK { get; } =
        new("top_k", SamplingValues.TopK, "Draws from so many of the likeliest tokens; 0 and -1 keep all.");

    public static RequestField<float> MinP { get; } =
        new("min_p", SamplingValues.MinP, "Draws from tokens at least this likely, as a share of the likeliest one.");

    public static RequestField<float> RepetitionPenalty { get; } =
        new("repetition_penalty", SamplingValues.RepetitionPenalty, "Divides the logits of tokens that were there before; 1 is off. vLLM's name.");

    public static RequestField<float> RepeatPenalty { get; } =
        new("repeat_penalty", SamplingValues.RepetitionPenalty, "The same by llama-server's name.");

    public static RequestField<float> FrequencyPenalty { get; } =
        new("frequency_penalty", SamplingValues.AdditivePenalty, "Taken from a token's logit for each time it was there.");

    public static RequestField<float> PresencePenalty { get; } =
        new("presence_penalty", SamplingValues.AdditivePenalty, "Taken from a token's logit once it was there.");

    public static RequestField<Dictionary<int, float>> LogitBias { get; } =
        new("logit_bias", ChatRequestParser.Bias, "Added to the logits of tokens, by their ids.");

    public static RequestField<long> Seed { get; } =
        new("seed", Values.Integer(long.MinValue, long.MaxValue), "Makes the draws the same again; absent or -1: new ones every time.");

    public static RequestField<string> CacheSalt { get; } =
        new("cache_salt", Values.Text, "Cached prefixes are shared only with requests of the same key that have the same text here.");

    public static RequestField<string[]> Stop { get; } =
        new("stop", ChatRequestParser.StopStrings, "Texts that end the answer and are no part of it.");

    public static RequestField<bool> IgnoreEndOfSequence { get; } =
        new("ignore_eos", Values.Boolean, "Whether the answer never ends of its own.") { Default = false };

    public static RequestField<bool> StreamOptions { get; } =
        new("stream_options", ChatRequestParser.UsageOptions, "Only with stream: include_usage ends it with the usage.");

    /// <summary>What the Responses API does not know, but can be asked of any answer.</summary>
    public static IReadOnlyList<RequestField> Extensions { get; } =
    [
        TopK, MinP, RepetitionPenalty, RepeatPenalty, FrequencyPenalty, PresencePenalty, LogitBias, Seed, Stop, OutputFields.StopTokenIds,
        IgnoreEndOfSequence, CacheSalt,
    ];

    /// <summary>What chats and bare prompts may have.</summary>
    public static IReadOnlyList<RequestField> Common { get; } =
        [Model, MaxTokens, Temperature, TopP, .. Extensions, Stream, StreamOptions, Cascade, .. OutputFields.All];

    /// <summary>Of OpenAI, vLLM, llama-server and ollama: they change what a server keeps or counts, never an answer.</summary>
    private static readonly RequestField[] Ignored =
    [
        .. new[]
        {
            "user", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "request_id", "priority", "cache_salt",
            "return_token_ids", "return_tokens_as_token_ids", "include_reasoning", "kv_transfer_params", "cache_prompt", "id_slot", "return_progress",
            "timings_per_token", "post_sampling_probs", "keep_alive", "skip_special_tokens", "spaces_between_special_tokens",
        }.Select(RequestField.Ignored),
    ];

    /// <summary>Of chats.</summary>
    public static FieldTable Chat { get; } = new(WithOthers(
    [
        MessageParser.Messages, MaxCompletionTokens, .. Common, OutputFields.LogProbabilities, OutputFields.TopLogProbabilities,
        .. TemplateFields.All, .. ToolFields.All,
    ]));

    /// <summary>The fields of another kind of request for an answer.</summary>
    /// <param name="own">Those that it serves, refuses or ignores itself.</param>
    public static FieldTable Table(params RequestField[] own) =>
        new(WithOthers([
            .. own,
            .. Chat.Fields.Where(field => field.Use == FieldUse.Served).ExceptBy(Ignored.Select(field => field.Name), field => field.Name)
                .Select(field => RefusedField.Never(field.Name, "is for chats", UnservedFields.Instead(field.Name))),
        ]));

    private static IEnumerable<RequestField> WithOthers(IEnumerable<RequestField> own) => own.Concat(UnservedFields.All).Concat(Ignored).DistinctBy(field => field.Name);

    /// <summary>Looks at the names of a request's fields.</summary>
    /// <param name="body">The request.</param>
    /// <returns>The names of those that are ignored.</returns>
    /// <exception cref="JsonFieldException">A field asks for something that is not served, or is a mistyped name of one that is.</exception>
    public static string[] Check(RequestBody body)
    {
        List<string> ignored = [];
        foreach ((string name, JsonField value) in body.Root.Members())
        {
            if (value.IsNull)
                continue;
            switch (body.Table.Find(name))
            {
                case RefusedField refused:
                    refused.Check(value, body.Table);
                    break;
                case { Use: FieldUse.Served } served:
                    if (served == StreamOptions)
                        ignored.AddRange(value.Members().Where(IsIgnoredOption).Select(option => Excerpt.Of(option.Value.Path)).Take(MaxIgnored));
                    break;
                case null when Meant(body.Table, name) is { } meant:
                    throw new JsonFieldException(value.Path, $"'{Excerpt.Of(value.Path)}' is not a known field; did you mean '{meant}'?");
                default:
                    ignored.Add(ignored.Count < MaxIgnored ? Excerpt.Of(name) : throw body.Root.Error($"has more than {MaxIgnored} fields that are not known"));
                    break;
            }
        }

        return [.. ignored];
    }

    // Only what is asked for: nothing else would come anyway.
    private static bool IsIgnoredOption(KeyValuePair<string, JsonField> option) =>
        option.Key != "include_usage" && option.Value is { IsNull: false, Element.ValueKind: not JsonValueKind.False };

    /// <summary>The served field that was probably meant by a name that nobody knows.</summary>
    private static string? Meant(FieldTable table, string name) => NearestName.Find(
        name,
        table.Fields.Where(field => field.Use == FieldUse.Served).Select(field => field.Name),
        limit: name.Length switch { < 3 => 0, < 6 => 1, _ => 2 });
}
