using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Server.Json;

/// <summary>What becomes of a field that a request has.</summary>
internal enum FieldUse
{
    /// <summary>It does what it says.</summary>
    Served,

    /// <summary>It changes nothing, and the answer says so.</summary>
    Ignored,

    /// <summary>It would change the answer and is not served: only a value that asks for what happens anyway is taken.</summary>
    Refused,
}

/// <summary>
/// A field of a request: its name, what it takes and what it means. The parsers read by it and the OpenAPI document is written from it, so
/// neither knows of a field what the other does not.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="use">What becomes of it.</param>
/// <param name="schema">A JSON Schema of what it takes beside null.</param>
/// <param name="meaning">One sentence for callers.</param>
internal class RequestField(string name, FieldUse use, string schema, string meaning)
{
    public string Name { get; } = name;

    public FieldUse Use { get; } = use;

    public string Schema { get; } = schema;

    public string Meaning { get; } = meaning;

    /// <summary>Whether a request has to have it; then null is refused as well.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What holds where it is absent; null where that depends.</summary>
    public JsonNode? DefaultValue { get; protected init; }

    /// <summary>One that changes nothing.</summary>
    public static RequestField Ignored(string name) => new(name, FieldUse.Ignored, "{}", "Changes nothing; x-cascade-ignored names it.");
}

/// <summary>A field that is served.</summary>
internal sealed class RequestField<T>(string name, Values<T> values, string meaning) : RequestField(name, FieldUse.Served, values.Schema, meaning)
{
    public Values<T> Values { get; } = values;

    /// <summary>What holds where it is absent.</summary>
    public T? Default
    {
        get;
        init
        {
            field = value;
            DefaultValue = JsonSerializer.SerializeToNode(value);
        }
    }
}

/// <summary>A field that would change the answer and is not served.</summary>
internal sealed class RefusedField : RequestField
{
    private const string NotServed = "is not served";

    private readonly Func<JsonElement, bool> _isHarmless;
    private readonly string? _harmless;
    private readonly string _reason;
    private readonly string[] _instead;

    private RefusedField(string name, string schema, string accepted, Func<JsonElement, bool> isHarmless, string? harmless, string reason, string[] instead)
        : base(name, FieldUse.Refused, schema, $"Not served; {accepted}.") =>
        (_isHarmless, _harmless, _reason, _instead) = (isHarmless, harmless, reason, instead);

    /// <summary>One of which no value is harmless.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reason">Why it is refused; goes on after the name.</param>
    /// <param name="instead">Fields that do what it asks for, where they are served: the first of these is named.</param>
    public static RefusedField Never(string name, string reason = NotServed, params string[] instead) =>
        new(name, """{"type":"null"}""", "only null is taken", _ => false, null, reason, instead);

    /// <summary>One of which this value asks for what happens anyway.</summary>
    /// <inheritdoc cref="Never"/>
    public static RefusedField But(string name, JsonNode harmless, string reason = NotServed, params string[] instead)
    {
        string text = harmless.ToJsonString();
        return new(name, $"{{\"const\":{text}}}", $"only {text} is taken, which is what happens anyway", IsOneOf(text), $"send {text}", reason, instead);
    }

    /// <summary>One of which these two values ask for what happens anyway.</summary>
    /// <inheritdoc cref="Never"/>
    public static RefusedField ButEither(string name, JsonNode harmless, JsonNode too, string reason = NotServed, params string[] instead)
    {
        string one = harmless.ToJsonString(), other = too.ToJsonString();
        return new(
            name,
            $"{{\"enum\":[{one},{other}]}}",
            $"only {one} and {other} are taken, which is what happens anyway",
            IsOneOf(one, other),
            $"send {one}",
            reason,
            instead);
    }

    /// <summary>One that may only be empty.</summary>
    /// <inheritdoc cref="Never"/>
    public static RefusedField ButEmpty(string name, string reason = NotServed, params string[] instead) => new(
        name,
        """{"type":["array","object"],"maxItems":0,"maxProperties":0}""",
        "only an empty array or object is taken",
        value => (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0) || (value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() == 0),
        "send an empty one",
        reason,
        instead);

    /// <summary>Refuses what asks for something, and says what would be taken.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="table">All fields of the request.</param>
    /// <exception cref="JsonFieldException">It asks for something.</exception>
    public void Check(JsonField value, FieldTable table)
    {
        if (value.IsNull || _isHarmless(value.Element))
            return;
        string? served = Array.Find(_instead, name => table.Find(name)?.Use == FieldUse.Served);
        string[] ways = [.. new[] { "leave it out", _harmless, served is null ? null : $"use '{served}'" }.OfType<string>()];
        throw value.Error($"{_reason}; {(ways.Length == 1 ? ways[0] : $"{string.Join(", ", ways[..^1])} or {ways[^1]}")}");
    }

    private static Func<JsonElement, bool> IsOneOf(params string[] texts)
    {
        JsonElement[] values = [.. texts.Select(text => JsonElement.Parse(text))];
        return given => Array.Exists(values, value => JsonElement.DeepEquals(given, value));
    }
}

/// <summary>The fields of a kind of request.</summary>
internal sealed class FieldTable(params IEnumerable<RequestField> fields)
{
    private readonly Dictionary<string, RequestField> _fields = fields.ToDictionary(field => field.Name);

    public IReadOnlyCollection<RequestField> Fields => _fields.Values;

    public RequestField? Find(string name) => _fields.GetValueOrDefault(name);

    /// <summary>Whether it has this very field, not only one of its name.</summary>
    public bool Has(RequestField field) => Find(field.Name) == field;
}

/// <summary>The body of a request, of which no field can be read that its table does not have: such a field reads as absent.</summary>
internal readonly record struct RequestBody(FieldTable Table, JsonField Root)
{
    /// <summary>The field as it stands there.</summary>
    public JsonField this[RequestField field] => Table.Has(field) ? Root.Member(field.Name) : new(field.Name, default);

    /// <summary>The field's value; its default where it is absent.</summary>
    /// <exception cref="JsonFieldException">It is of the wrong type or out of range.</exception>
    public T? Get<T>(RequestField<T> field) => this[field] is { IsNull: false } value ? field.Values.Read(value) : field.Default;

    /// <summary>The value of a field that has no default; null where it is absent.</summary>
    /// <exception cref="JsonFieldException">It is of the wrong type or out of range.</exception>
    public T? Find<T>(RequestField<T> field)
        where T : struct => this[field] is { IsNull: false } value ? field.Values.Read(value) : null;

    /// <summary>The value of a field that has to be there.</summary>
    /// <exception cref="JsonFieldException">It is not, or is of the wrong type or out of range.</exception>
    public T Require<T>(RequestField<T> field) => this[field] is { IsNull: false } value ? field.Values.Read(value) : throw this[field].Error("is required");
}

/// <summary>What a field takes: a JSON Schema of it, and what reads it and refuses everything else.</summary>
/// <param name="Schema">What the document says.</param>
/// <param name="Read">Reads a value that is there.</param>
internal sealed record Values<T>(string Schema, Func<JsonField, T> Read)
{
    /// <summary>The same, each made into something else.</summary>
    public Values<TResult> Select<TResult>(Func<T, TResult> make) => new(Schema, field => make(Read(field)));
}

/// <summary>The kinds of values that many fields take.</summary>
internal static class Values
{
    public static Values<bool> Boolean { get; } = new("""{"type":"boolean"}""", field => field.Boolean());

    public static Values<string> Text { get; } = new("""{"type":"string"}""", field => field.String());

    /// <summary>What is told apart by whoever reads it.</summary>
    public static Values<JsonField> Raw(string schema) => new(schema, field => field);

    public static Values<int> Int32(int min, int max = int.MaxValue) => new(IntegerSchema(min, max), field => field.Int32(min, max));

    public static Values<long> Integer(long min, long max) => new(IntegerSchema(min, max), field => field.Integer(min, max));

    public static Values<float> Number(double min, double max, bool minExclusive = false) =>
        new(NumberSchema(min, max, minExclusive), field => field.Number(min, max, minExclusive));

    public static Values<double> Double(double min, double max, bool minExclusive = false) =>
        new(NumberSchema(min, max, minExclusive), field => field.Double(min, max, minExclusive));

    /// <summary>One of several words.</summary>
    public static Values<string> OneOf(params string[] words)
    {
        string all = $"must be {string.Join(", ", words[..^1])} or {words[^1]}";
        return new($"{{\"enum\":{JsonSerializer.Serialize(words)}}}", field => words.Contains(field.String()) ? field.String() : throw field.Error(all));
    }

    private static string IntegerSchema(long min, long max) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"integer\",\"minimum\":{min},\"maximum\":{max}}}");

    private static string NumberSchema(double min, double max, bool minExclusive) => string.Create(
        CultureInfo.InvariantCulture, $"{{\"type\":\"number\",\"{(minExclusive ? "exclusiveMinimum" : "minimum")}\":{min},\"maximum\":{max}}}");
}
