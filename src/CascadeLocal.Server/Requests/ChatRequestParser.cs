using System.Globalization;
using System.Text.Json;

using CascadeLocal.Engine.Sampling;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Requests;

/// <summary>
/// Reads a chat completion request from strangers' bytes. An explicit null means absent. Nothing is ever allocated by a
/// number that the client chose.
/// </summary>
internal static class ChatRequestParser
{
    private const int MaxStops = 16;
    private const int MaxStopLength = 512;

    /// <exception cref="ApiException">The request is refused, with status 400.</exception>
    public static ChatCompletionRequest Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            return Read(new JsonField("", document.RootElement));
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

    private static ChatCompletionRequest Read(JsonField root)
    {
        if (root.Element.ValueKind != JsonValueKind.Object)
            throw root.WrongType("a JSON object");
        UnservedFields.Check(root);

        int? maxTokens = ReadMaxTokens(root.Member("max_tokens"));
        JsonField maxCompletionField = root.Member("max_completion_tokens");
        int? maxCompletionTokens = ReadMaxTokens(maxCompletionField);
        bool stream = ReadBoolean(root.Member("stream"));
        return new ChatCompletionRequest
        {
            Model = ReadModel(root.Member("model")),
            Messages = MessageParser.Read(root.Required("messages")),
            MaxTokens = maxCompletionField.IsNull ? maxTokens : maxCompletionTokens,
            MaxTokensField = maxCompletionField.IsNull ? "max_tokens" : "max_completion_tokens",
            Sampling = ReadSampling(root),
            LogitBias = ReadLogitBias(root.Member("logit_bias")),
            Seed = Optional(root.Member("seed"), f => unchecked((ulong)f.Integer(long.MinValue, long.MaxValue))),
            Stop = ReadStop(root.Member("stop")),
            IgnoreEndOfSequence = ReadBoolean(root.Member("ignore_eos")),
            Stream = stream,
            IncludeUsage = ReadIncludeUsage(root.Member("stream_options"), stream),
            Controls = ControlsParser.Read(root.Member("cascade")),
        };
    }

    private static T? Optional<T>(JsonField field, Func<JsonField, T> read)
        where T : struct => field.IsNull ? null : read(field);

    private static bool ReadBoolean(JsonField field) => !field.IsNull && field.Boolean();

    private static string? ReadModel(JsonField field)
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
        RepetitionPenalty = Optional(root.Member("repetition_penalty"), SamplingFields.RepetitionPenalty),
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

    private static string[] ReadStop(JsonField field)
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

    private static bool ReadIncludeUsage(JsonField field, bool stream)
    {
        if (field.IsNull)
            return false;
        bool includeUsage = ReadBoolean(field.Member("include_usage"));
        return stream ? includeUsage : throw field.Error("is only allowed when 'stream' is true");
    }
}
