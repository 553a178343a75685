using System.Globalization;
using System.Text.Json;

namespace CascadeLocal.Calibration.Json;

/// <summary>A value of a JSON file that knows where it stands, so that what is wrong with it can be said.</summary>
/// <param name="file">The file it is from.</param>
/// <param name="line">The line it begins on, from 1.</param>
/// <param name="path">The keys that lead to it.</param>
/// <param name="kind">The token it is or begins with.</param>
internal sealed class JsonField(string file, int line, string path, JsonTokenType kind)
{
    /// <summary>Up to here, on both sides of 0, every integer is a number of its own.</summary>
    public const double GreatestExactInteger = 1L << 53;

    private readonly double _number;
    private readonly long? _integer;
    private readonly string _text = "";
    private readonly IReadOnlyList<KeyValuePair<string, JsonField>> _members = [];

    public JsonField(string file, int line, string path, double number, long? integer)
        : this(file, line, path, JsonTokenType.Number) => (_number, _integer) = (number, integer);

    public JsonField(string file, int line, string path, string text)
        : this(file, line, path, JsonTokenType.String) => _text = text;

    public JsonField(string file, int line, string path, JsonTokenType kind, IReadOnlyList<KeyValuePair<string, JsonField>> members)
        : this(file, line, path, kind) => _members = members;

    /// <summary>The line it begins on, from 1.</summary>
    public int Line => line;

    /// <summary>Of a line of a file: all of its text, in UTF-8.</summary>
    public ReadOnlyMemory<byte> Source { get; set; }

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => kind == JsonTokenType.StartObject;

    /// <summary>Whether it is null.</summary>
    private bool IsNull => kind == JsonTokenType.Null;

    /// <summary>The members of an object, in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonField>> Members() =>
        kind == JsonTokenType.StartObject ? _members : throw NotA("an object");

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<JsonField> Items() =>
        kind == JsonTokenType.StartArray ? [.. _members.Select(m => m.Value)] : throw NotA("an array");

    /// <summary>The text of a string.</summary>
    public string Text() => kind == JsonTokenType.String ? _text : throw NotA("a string");

    /// <summary>The text of a string, or a number as text: ids and answers are written either way.</summary>
    public string TextOrNumber() => kind != JsonTokenType.Number ? Text()
        : _integer is { } integer ? integer.ToString(CultureInfo.InvariantCulture)
        : Number(-GreatestExactInteger, GreatestExactInteger).ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A number within bounds.</summary>
    public double Number(double least, double most)
    {
        if (kind != JsonTokenType.Number)
            throw NotA("a number");
        if (!double.IsFinite(_number))
            throw Error("is too large for a number");
        if (_number < least || _number > most)
            throw Error(FormattableString.Invariant($"is {_number}, but must be from {least} to {most}"));
        return _number;
    }

    /// <summary>A member of an object, or null if it has none of that name.</summary>
    public JsonField? Find(string key) => Members().Where(m => m.Key == key).Select(m => m.Value).FirstOrDefault();

    /// <summary>A member of an object, or null if it has none of that name or the member is null.</summary>
    public JsonField? FindValue(string key) => Find(key) is { } value && !value.IsNull ? value : null;

    /// <summary>A member that an object must have.</summary>
    public JsonField Get(string key) => Find(key) ?? throw Missing(key);

    /// <summary>The error that a member is not there.</summary>
    public DataFileException Missing(string key, string problem = "is missing") =>
        new(file, line, path.Length == 0 ? key : $"{path}.{key}", problem);

    /// <summary>The error that something is wrong with this value.</summary>
    public DataFileException Error(string problem) => new(file, line, path, problem);

    private DataFileException NotA(string expected) => Error($"is {Description}, but must be {expected}");

    private string Description => kind switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Number => "a number",
        JsonTokenType.String => "a string",
        JsonTokenType.StartArray => "an array",
        _ => "an object",
    };
}
