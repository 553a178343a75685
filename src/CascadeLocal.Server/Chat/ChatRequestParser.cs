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

    /// <exception cref="ApiException">The request is refused, with status 400.</exception>
    public static ChatBody Parse(ReadOnlyMemory<byte> body, string id = "", string cacheSalt = "") =>
        Parse(body, root => Read(root, new() { Id = id, CacheSalt = cacheSalt }));

    /// <summary>Reads a body, whatever kind of request it is.</summary>
    /// <exception cref="ApiException">It is no JSON object, or <paramref name="read"/> refuses it.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, Func<JsonField, T> read)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonField root = new("", document.RootElement);
            return root.Element.ValueKind == JsonValueKind.Object ? read(root) : throw root.WrongType("a JSON object");
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

    /// <summary>What every kind of request for an answer may have (<see cref="RequestFields.Common"/>).</summary>
    /// <param name="request">What is known of it.</param>
    /// <param name="root">All of its fields.</param>
    /// <param name="readsLogProbabilities">Whether they are asked for as in chats.</param>
    /// <exception cref="JsonFieldException">A field is of the wrong type or out of range.</exception>
    public static GenerationRequest ReadCommon(GenerationRequest request, JsonField root, bool readsLogProbabilities = true) => OutputFields.Read(
        request with
        {
            Member = ReadModel(root.Member("model")),
            MaxTokens = ReadMaxTokens(root.Member("max_tokens")),
            Sampling = ReadSampling(root),
            LogitBias = ReadLogitBias(root.Member("logit_bias")),
            Seed = Optional(root.Member("seed"), f => unchecked((ulong)f.Integer(long.MinValue, long.MaxValue))),
            Stop = ReadStop(root.Member("stop")),
            IgnoreEndOfSequence = ReadBoolean(root.Member("ignore_eos")),
            Streams = ReadBoolean(root.Member("stream")),
            Controls = ControlsParser.Read(root.Member("cascade")),
        },
        root,
        readsLogProbabilities);

    /// <summary>Whether a stream ends with a chunk that holds the usage.</summary>
    /// <exception cref="JsonFieldException">It is asked for without a stream.</exception>
    public static bool ReadIncludeUsage(JsonField root, bool stream)
    {
        JsonField field = root.Member("stream_options");
        if (field.IsNull)
            return false;
        bool includeUsage = ReadBoolean(field.Member("include_usage"));
        return stream ? includeUsage : throw field.Error("is only allowed when 'stream' is true");
    }

    private static ChatBody Read(JsonField root, GenerationRequest request)
    {
        string[] ignored = RequestFields.Check(root, RequestFields.Served);
        request = ToolFields.Read(ReadCommon(request, root), root) with
        {
            Messages = MessageParser.Read(root.Required("messages")),
            Template = TemplateFields.Read(root),
        };
        if (root.Member("max_completion_tokens") is { IsNull: false } limit)
            request = request with { MaxTokens = ReadMaxTokens(limit) };
        return new ChatBody(request, ReadIncludeUsage(root, request.Streams), !root.Member("functions").IsNull, ignored);
    }

    private static T? Optional<T>(JsonField field, Func<JsonField, T> read)
        where T : struct => field.IsNull ? null : read(field);

    private static bool ReadBoolean(JsonField field) => !field.IsNull && field.Boolean();

    /// <summary>The member that a request names; null for whoever is good enough.</summary>
    public static string? ReadModel(JsonField field)
    {
        string? model = field.IsNull ? null : field.String();
        return model == MemberName.Cascade ? null : model;
    }

    private static int? ReadMaxTokens(JsonField field)
    {
        if (field.IsNull)
            return null;
        int value = field.Int32(-1, int.MaxValue);
        return value switch
        {
            -1 => null,
            0 => throw field.Error("must be at least 1, or -1 or null for no limit"),
            _ => value,
        };
    }

    private static SamplingOptions ReadSampling(JsonField root) => new()
    {
        Temperature = Optional(root.Member("temperature"), SamplingFields.Temperature),
        TopK = Optional(root.Member("top_k"), SamplingFields.TopK),
        TopP = Optional(root.Member("top_p"), SamplingFields.TopP),
        MinP = Optional(root.Member("min_p"), SamplingFields.MinP),
        // vLLM's name, and llama-server's.
        RepetitionPenalty = Optional(root.Member("repetition_penalty"), SamplingFields.RepetitionPenalty)
            ?? Optional(root.Member("repeat_penalty"), SamplingFields.RepetitionPenalty),
        FrequencyPenalty = Optional(root.Member("frequency_penalty"), SamplingFields.AdditivePenalty),
        PresencePenalty = Optional(root.Member("presence_penalty"), SamplingFields.AdditivePenalty),
    };

    private static Dictionary<int, float> ReadLogitBias(JsonField field)
    {
        Dictionary<int, float> bias = [];
        if (field.IsNull)
            return bias;
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

    /// <summary>Strings that end the answer: one, or several.</summary>
    /// <exception cref="JsonFieldException">They are no strings, too many, or too long.</exception>
    public static string[] ReadStop(JsonField field)
    {
        if (field.IsNull)
            return [];
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

    private static readonly ObjectReader<CascadeControls> Reader = new(
        new()
        {
            ["keep"] = (c, v) => c with { Keep = v.Double(0, 1) },
            ["budget_ms"] = (c, v) => c with { Budget = TimeSpan.FromMilliseconds(v.Double(0, MaxBudget, minExclusive: true)) },
            ["allow_escalation"] = (c, v) => c with { AllowEscalation = v.Boolean() },
            ["max_escalations"] = (c, v) => c with { MaxEscalations = v.Int32(0, int.MaxValue) },
        },
        "a known field");

    public static IReadOnlyCollection<string> Names => Reader.Keys;

    /// <exception cref="JsonFieldException">A field is unknown, of the wrong type or out of range.</exception>
    public static CascadeControls Read(JsonField field) =>
        field.IsNull ? CascadeControls.None : Reader.Read(CascadeControls.None, field);
}

/// <summary>A checked body of /v1/chat/completions.</summary>
/// <param name="Request">The request.</param>
/// <param name="IncludeUsage">Whether a stream ends with a chunk that holds the usage.</param>
/// <param name="UsesOldNames">Whether functions came by their old name, so that a call goes by its.</param>
/// <param name="Ignored">Fields that changed nothing.</param>
internal sealed record ChatBody(GenerationRequest Request, bool IncludeUsage, bool UsesOldNames, IReadOnlyList<string> Ignored);
