using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace CascadeLocal.Server.Json;

/// <summary>
/// A value of a JSON document and its path. Reading it checks type and range and says in one sentence what is wrong.
/// </summary>
internal readonly record struct JsonField(string Path, JsonElement Element)
{
    /// <summary>Whether the value is <c>null</c>, which for every optional field means absent.</summary>
    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public JsonFieldException Error(string what) =>
        new(Path, Path.Length == 0 ? $"The document {what}." : $"'{Path}' {what}.");

    public string String()
    {
        Require(JsonValueKind.String, "a string");
        return Element.GetString()!;
    }

    public bool Boolean() => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw WrongType("true or false"),
    };

    public long Integer(long min, long max)
    {
        Require(JsonValueKind.Number, "an integer");
        // 1e3 and 1000.0 are whole, too.
        if (!Element.TryGetInt64(out long value) && !IsWhole(out value))
            throw Error(IsFraction() ? "must be an integer" : $"must be {Range(min, max)}");
        if (value < min || value > max)
            throw Error($"must be {Range(min, max)}, not {value.ToString(CultureInfo.InvariantCulture)}");
        return value;
    }

    public int Int32(int min, int max) => (int)Integer(min, max);

    /// <param name="min">The smallest value allowed, unless <paramref name="minExclusive"/>.</param>
    /// <param name="max">The largest value allowed.</param>
    /// <param name="minExclusive">Whether <paramref name="min"/> itself is not allowed.</param>
    public float Number(double min, double max, bool minExclusive = false)
    {
        // What is above 0 only in 64 bits is 0 to whoever works in 32.
        float value = (float)Double(min, max, minExclusive);
        return minExclusive && value <= min ? throw OutOfRange(min, max, minExclusive) : value;
    }

    /// <inheritdoc cref="Number"/>
    public double Double(double min, double max, bool minExclusive = false)
    {
        Require(JsonValueKind.Number, "a number");
        bool inRange = Element.TryGetDouble(out double value)
            && double.IsFinite(value)
            && (minExclusive ? value > min : value >= min)
            && value <= max;
        return inRange ? value : throw OutOfRange(min, max, minExclusive);
    }

    public IEnumerable<JsonField> Items()
    {
        Require(JsonValueKind.Array, "an array");
        string path = Path;
        return Element.EnumerateArray().Select((item, i) => new JsonField($"{path}[{i}]", item));
    }

    public IEnumerable<KeyValuePair<string, JsonField>> Members()
    {
        Require(JsonValueKind.Object, "an object");
        string prefix = Path.Length == 0 ? "" : Path + ".";
        return Element.EnumerateObject()
            .Select(member => KeyValuePair.Create(member.Name, new JsonField(prefix + member.Name, member.Value)));
    }

    /// <summary>The member of that name; a missing one reads as null.</summary>
    public JsonField Member(string name)
    {
        Require(JsonValueKind.Object, "an object");
        string path = Path.Length == 0 ? name : $"{Path}.{name}";
        return new(path, Element.TryGetProperty(name, out JsonElement value) ? value : default);
    }

    /// <summary>The member of that name, which must be there and not null.</summary>
    public JsonField Required(string name)
    {
        JsonField member = Member(name);
        return member.IsNull ? throw member.Error("is required") : member;
    }

    public JsonFieldException WrongType(string expected) => Error($"must be {expected}, not {Describe()}");

    private void Require(JsonValueKind kind, string expected)
    {
        if (Element.ValueKind != kind)
            throw WrongType(expected);
    }

    private bool IsWhole(out long value)
    {
        bool isWhole = Element.TryGetDecimal(out decimal number) && number == decimal.Truncate(number)
            && number is >= long.MinValue and <= long.MaxValue;
        value = isWhole ? (long)number : 0;
        return isWhole;
    }

    private bool IsFraction() =>
        Element.TryGetDouble(out double value) && double.IsFinite(value) && Math.Abs(value) < 1e18;

    private string Describe() => Element.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    private JsonFieldException OutOfRange(double min, double max, bool minExclusive) => Error(minExclusive
        ? FormattableString.Invariant($"must be above {min} and at most {max}")
        : FormattableString.Invariant($"must be from {min} to {max}"));

    private static string Range(long min, long max) => (min, max) switch
    {
        (long.MinValue, long.MaxValue) => "a 64-bit integer",
        (_, int.MaxValue) => string.Create(CultureInfo.InvariantCulture, $"an integer of at least {min} that fits 32 bits"),
        _ => string.Create(CultureInfo.InvariantCulture, $"an integer from {min} to {max}"),
    };
}

/// <summary>A field of a JSON document has the wrong type or a value out of range.</summary>
internal sealed class JsonFieldException(string path, string message) : Exception(message)
{
    /// <summary>Where it is, such as <c>messages[2].content</c>.</summary>
    public string Path { get; } = path;
}

/// <summary>The ranges of sampling settings, the same in requests and in the configuration.</summary>
internal static class SamplingValues
{
    public static Values<float> Temperature { get; } = Values.Number(0, 2);

    public static Values<float> TopP { get; } = Values.Number(0, 1, minExclusive: true);

    public static Values<float> MinP { get; } = Values.Number(0, 1);

    /// <summary>The engine's 0 for "all" is also spelled -1, as vLLM does.</summary>
    public static Values<int> TopK { get; } = Values.Int32(-1).Select(value => Math.Max(0, value));

    public static Values<float> RepetitionPenalty { get; } = Values.Number(0, 100, minExclusive: true);

    /// <summary>Frequency and presence penalty.</summary>
    public static Values<float> AdditivePenalty { get; } = Values.Number(-2, 2);
}

/// <summary>
/// Parses JSON from strangers: at most 64 levels deep, valid UTF-8, no lone surrogates, no key twice in one object.
/// </summary>
internal static class StrictJson
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="JsonException">The text is not acceptable; the message is one sentence for the caller.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        utf8 = WithoutMark(utf8);
        if (utf8.IsEmpty)
            throw new JsonException("The request body is empty; it must be a JSON object.");
        if (!Utf8.IsValid(utf8.Span))
            throw new JsonException("The request body is not valid UTF-8.");
        try
        {
            RejectLoneSurrogates(utf8.Span);
            return JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException e)
        {
            throw new JsonException($"The request body is not valid JSON: {MessageOf(e)}", e);
        }
    }

    /// <summary>The text behind a byte order mark, which some editors and clients write.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;

    // Only an escape can spell half a surrogate pair, and only decoding it tells. The reader says so with an
    // InvalidOperationException, and at any later moment somebody would trip over it: so every escaped string is read here.
    private static void RejectLoneSurrogates(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("\\u"u8) < 0)
            return;
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new JsonException("A string holds half of a surrogate pair.", e);
            }
        }
    }

    /// <summary>What is wrong and where, with lines and columns counted from 1 as editors do; a column is a byte.</summary>
    public static string MessageOf(Exception error)
    {
        if (error is not JsonException { LineNumber: { } line, BytePositionInLine: { } column })
            return error.Message;
        // The framework counts from 0, in words of its own behind the sentence.
        string message = error.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0].TrimEnd('.');
        return string.Create(CultureInfo.InvariantCulture, $"{message} (line {line + 1}, column {column + 1}).");
    }
}
