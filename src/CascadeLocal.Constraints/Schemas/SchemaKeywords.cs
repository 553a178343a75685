using System.Globalization;
using System.Text.Json;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>A subschema and where it stands, which is what it is known by.</summary>
/// <param name="Schema">An object or a boolean.</param>
/// <param name="Path">A JSON pointer from the root, as a reference has it.</param>
/// <param name="Without">Keywords that are looked at elsewhere.</param>
internal sealed record Subschema(JsonElement Schema, string Path, string Without = "")
{
    /// <summary>What it is known by.</summary>
    public string Key => $"{Path}{Without}";

    /// <summary>A keyword of it.</summary>
    public bool TryGet(string keyword, out JsonElement value)
    {
        value = default;
        return Schema.ValueKind == JsonValueKind.Object
            && !Without.Contains($"-{keyword};", StringComparison.Ordinal)
            && Schema.TryGetProperty(keyword, out value);
    }

    /// <summary>The same without a keyword.</summary>
    public Subschema Except(string keyword) => this with { Without = $"{Without}-{keyword};" };

    /// <summary>What stands below it.</summary>
    public Subschema Below(string keyword, string name, JsonElement schema) =>
        new(schema, $"{Path}/{keyword}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");

    /// <summary>What stands below it as the value of a keyword.</summary>
    public Subschema Below(string keyword, JsonElement schema) => new(schema, $"{Path}/{keyword}");

    /// <summary>The elements of a keyword that is a list of schemas.</summary>
    public IEnumerable<Subschema> List(string keyword, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            throw Malformed(keyword, "is not a list of schemas");
        return list.EnumerateArray().Select((schema, index) => Below(keyword, index.ToString(CultureInfo.InvariantCulture), schema));
    }

    /// <summary>A keyword that is a count.</summary>
    public int? Count(string keyword)
    {
        if (!TryGet(keyword, out JsonElement value))
            return null;
        // Some write 3.0.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out decimal number)
            || number < 0 || decimal.Truncate(number) != number)
        {
            throw Malformed(keyword, "is not a count");
        }

        return number < int.MaxValue ? (int)number : throw Malformed(keyword, "is too large");
    }

    /// <summary>A keyword that is a text.</summary>
    public string? Text(string keyword) => !TryGet(keyword, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Malformed(keyword, "is not a string");

    /// <summary>A keyword that is a number.</summary>
    public decimal? Number(string keyword)
    {
        if (!TryGet(keyword, out JsonElement value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            throw Malformed(keyword, "is not a number");
        if (value.TryGetDecimal(out decimal number))
            return number;
        return value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;
    }

    /// <summary>Says that a keyword is not as it has to be.</summary>
    public ConstraintException Malformed(string keyword, string what) =>
        new($"The keyword '{SchemaKeywords.Short(keyword)}' of the schema at {SchemaKeywords.Short(Path)} {what}.", Path);
}

/// <summary>Which keywords are served.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "$defs", "definitions", "$anchor", "$vocabulary", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema",
    };

    private static readonly HashSet<string> General = new(StringComparer.Ordinal) { "type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref" };

    private static readonly Dictionary<string, JsonTypes> OfTypes = new(StringComparer.Ordinal)
    {
        ["properties"] = JsonTypes.Object,
        ["required"] = JsonTypes.Object,
        ["additionalProperties"] = JsonTypes.Object,
        ["items"] = JsonTypes.Array,
        ["prefixItems"] = JsonTypes.Array,
        ["minItems"] = JsonTypes.Array,
        ["maxItems"] = JsonTypes.Array,
        ["minLength"] = JsonTypes.String,
        ["maxLength"] = JsonTypes.String,
        ["pattern"] = JsonTypes.String,
        ["format"] = JsonTypes.String,
        ["minimum"] = JsonTypes.Number,
        ["maximum"] = JsonTypes.Number,
        ["exclusiveMinimum"] = JsonTypes.Number,
        ["exclusiveMaximum"] = JsonTypes.Number,
        ["multipleOf"] = JsonTypes.Number,
    };

    /// <summary>Those that say something of a value, other than which values there are or what type it has.</summary>
    public static IEnumerable<string> Typed => OfTypes.Keys;

    /// <summary>Refuses what is not served, and tells which types the others speak of.</summary>
    public static JsonTypes Check(Subschema schema)
    {
        JsonTypes types = JsonTypes.None;
        foreach (JsonProperty keyword in schema.Schema.EnumerateObject())
        {
            if (OfTypes.TryGetValue(keyword.Name, out JsonTypes type))
                types |= type;
            else if (!General.Contains(keyword.Name) && !Annotations.Contains(keyword.Name) && !IsHarmless(keyword))
                throw schema.Malformed(keyword.Name, "is not served");
        }

        return types;
    }

    /// <summary>A text from a client, cut to what fits an error.</summary>
    public static string Short(string text) => text.Length <= 120 ? text : text[..120] + "...";

    private static bool IsHarmless(JsonProperty keyword) => keyword.Name.StartsWith("x-", StringComparison.Ordinal) || keyword switch
    {
        { Name: "uniqueItems", Value.ValueKind: JsonValueKind.False } => true,
        { Name: "minProperties", Value: { ValueKind: JsonValueKind.Number } least } => least.TryGetInt32(out int count) && count == 0,
        { Name: "nullable", Value.ValueKind: JsonValueKind.False } => true,
        _ => false,
    };
}

/// <summary>Types of JSON values. An integer is a number too.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    String = 16,
    Integer = 32,
    Fraction = 64,
    Number = Integer | Fraction,
    Any = Null | Boolean | Object | Array | String | Number,
}
