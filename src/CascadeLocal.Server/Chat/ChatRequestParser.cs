using System.Globalization;
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
            Seed = body.Find(RequestFields.Seed) is { } seed ? unchecked((ulong)seed) : null,
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
        return new ChatBody(request, ReadIncludeUsage(body, request.Streams), !body[ToolFields.Functions].IsNull, ignored);
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
