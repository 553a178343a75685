using System.Globalization;
using System.Text;
using System.Text.Json;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>A subschema and where it stands, which is what it is known by.</summary>
/// <param name="schema">An object or a boolean.</param>
/// <param name="path">A JSON pointer from the root, in the one way in which it is written here.</param>
/// <param name="places">What was read of subschemas so far.</param>
/// <param name="without">Keywords that are looked at elsewhere.</param>
internal sealed class Subschema(JsonElement schema, string path, SchemaPlaces places, string without = "")
{
    public JsonElement Schema => schema;

    public string Path => path;

    /// <summary>What it is known by.</summary>
    public string Key { get; } = path + without;

    /// <summary>All keywords of it, those that are looked at elsewhere among them.</summary>
    /// <exception cref="ConstraintException">One is not served.</exception>
    public SubschemaKeywords Keywords => field ??= places.KeywordsOf(this);

    /// <summary>Whether any keyword is left of it.</summary>
    public bool SaysAnything => Keywords.HasOthers || Keywords.Served.Keys.Any(keyword => TryGet(keyword, out _));

    /// <summary>A keyword of it.</summary>
    public bool TryGet(string keyword, out JsonElement value)
    {
        value = default;
        return schema.ValueKind == JsonValueKind.Object
            && (without.Length == 0 || !without.Contains($"-{keyword};", StringComparison.Ordinal))
            && Keywords.Served.TryGetValue(keyword, out value);
    }

    /// <summary>The same without a keyword.</summary>
    public Subschema Except(string keyword) => new(schema, path, places, $"{without}-{keyword};");

    /// <summary>What stands below it.</summary>
    public Subschema Below(string keyword, string name, JsonElement below) => new(below, $"{path}/{keyword}/{SchemaPlaces.Escaped(name)}", places);

    /// <summary>What stands below it as the value of a keyword.</summary>
    public Subschema Below(string keyword, JsonElement below) => new(below, $"{path}/{keyword}", places);

    /// <summary>The elements of a keyword that is a list of schemas.</summary>
    public IEnumerable<Subschema> List(string keyword, JsonElement list)
    {
        _ = Length(keyword, list);
        return list.EnumerateArray().Select((element, index) => Below(keyword, index.ToString(CultureInfo.InvariantCulture), element));
    }

    /// <summary>How many there are, at least one.</summary>
    public int Length(string keyword, JsonElement list) => list.ValueKind == JsonValueKind.Array && list.GetArrayLength() is > 0 and var length
        ? length : throw Invalid(keyword, "is not a list of schemas");

    /// <summary>A keyword that is a count.</summary>
    public int? Count(string keyword)
    {
        if (!TryGet(keyword, out JsonElement value))
            return null;
        // Some write 3.0.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDecimal(out decimal number)
            || number < 0 || decimal.Truncate(number) != number)
        {
            throw Invalid(keyword, "is not a count");
        }

        return number < int.MaxValue ? (int)number : throw NotServed(keyword, "is too large");
    }

    /// <summary>A keyword that is a text.</summary>
    public string? Text(string keyword) => !TryGet(keyword, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Invalid(keyword, "is not a string");

    /// <summary>A keyword that is a number.</summary>
    public decimal? Number(string keyword)
    {
        if (!TryGet(keyword, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Number ? Number(value) : throw Invalid(keyword, "is not a number");
    }

    /// <summary>A number, as near as can be.</summary>
    public static decimal Number(JsonElement value)
    {
        if (value.TryGetDecimal(out decimal number))
            return number;
        return value.GetDouble() > 0 ? decimal.MaxValue : decimal.MinValue;
    }

    /// <summary>Says that a keyword is not as it has to be.</summary>
    public ConstraintException Invalid(string keyword, string what) => Error(keyword, what, isInvalid: true);

    /// <summary>Says that a keyword asks for what is not served.</summary>
    public ConstraintException NotServed(string keyword, string what = "is not served") => Error(keyword, what, isInvalid: false);

    private ConstraintException Error(string keyword, string what, bool isInvalid) =>
        new($"The keyword '{SchemaKeywords.Short(keyword)}' of the schema at {SchemaKeywords.Short(path)} {what}.", path, isInvalid);
}

/// <summary>The keywords of a subschema.</summary>
/// <param name="Served">Those that say something, by name.</param>
/// <param name="Types">The types that they speak of.</param>
/// <param name="Count">How many there are, annotations among them.</param>
/// <param name="HasOthers">Whether there are annotations.</param>
internal sealed record SubschemaKeywords(IReadOnlyDictionary<string, JsonElement> Served, JsonTypes Types, int Count, bool HasOthers);

/// <summary>What was read of the subschemas of one schema, each once: a look for a name in JSON goes through all of them.</summary>
internal sealed class SchemaPlaces(JsonElement root, CompileBudget budget)
{
    private readonly Dictionary<string, SubschemaKeywords> _keywords = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Subschema?> _targets = new(StringComparer.Ordinal);

    /// <summary>The keywords of a subschema that is an object.</summary>
    public SubschemaKeywords KeywordsOf(Subschema schema)
    {
        if (_keywords.TryGetValue(schema.Path, out SubschemaKeywords? known))
            return known;
        known = _keywords[schema.Path] = SchemaKeywords.Read(schema);
        budget.Spend(1 + (known.Count / 8));
        return known;
    }

    /// <summary>Where a reference leads; null where nothing is there.</summary>
    public Subschema? Find(string reference)
    {
        if (!_targets.TryGetValue(reference, out Subschema? known))
            known = _targets[reference] = Look(reference);
        return known;
    }

    /// <summary>A name as a JSON pointer has it.</summary>
    public static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private Subschema? Look(string reference)
    {
        JsonElement target = root;
        StringBuilder path = new("#");
        foreach (string part in reference.Split('/').Skip(1))
        {
            string name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind == JsonValueKind.Object)
            {
                budget.Spend(1 + (target.GetPropertyCount() / 64));
                if (!target.TryGetProperty(name, out target))
                    return null;
                path.Append('/').Append(Escaped(name));
            }
            else if (target.ValueKind == JsonValueKind.Array && uint.TryParse(name, out uint index) && index < target.GetArrayLength())
            {
                budget.Spend(1 + (target.GetArrayLength() / 64));
                target = target[(int)index];
                path.Append('/').Append(index);
            }
            else
            {
                return null;
            }
        }

        return new(target, path.ToString(), this);
    }
}

/// <summary>Which keywords are served.</summary>
internal static class SchemaKeywords
{
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "$schema", "$id", "$comment", "$defs", "definitions", "$anchor", "$vocabulary", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema",
    };

    private static readonly HashSet<string> General = new(StringComparer.Ordinal) { "type", "nullable", "enum", "const", "anyOf", "oneOf", "allOf", "$ref" };

    private static readonly Dictionary<string, JsonTypes> OfTypes = new(StringComparer.Ordinal)
    {
        ["properties"] = JsonTypes.Object,
        ["required"] = JsonTypes.Object,
        ["additionalProperties"] = JsonTypes.Object,
        ["propertyNames"] = JsonTypes.Object,
        ["discriminator"] = JsonTypes.Object,
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

    /// <summary>The types of values that a keyword says something of; none where it is said of all.</summary>
    public static JsonTypes TypesOf(string keyword) => OfTypes.GetValueOrDefault(keyword);

    /// <summary>Reads the keywords of a subschema that is an object.</summary>
    /// <exception cref="ConstraintException">One is not served.</exception>
    public static SubschemaKeywords Read(Subschema schema)
    {
        Dictionary<string, JsonElement> served = new(StringComparer.Ordinal);
        JsonTypes types = JsonTypes.None;
        int count = 0;
        bool hasOthers = false;
        foreach (JsonProperty keyword in schema.Schema.EnumerateObject())
        {
            string name = keyword.Name;
            count++;
            bool isServed = General.Contains(name) || OfTypes.ContainsKey(name);
            if (!isServed && !Annotations.Contains(name) && !IsHarmless(keyword))
                throw schema.NotServed(name);
            if (isServed && !IsUnknownFormat(keyword))
            {
                types |= TypesOf(name);
                served[name] = keyword.Value;
            }
            else
            {
                hasOthers = true;
            }
        }

        return new(served, types, count, hasOthers);
    }

    /// <summary>A text from a client, cut to what fits an error.</summary>
    public static string Short(string text) => text.Length <= 120 ? text : text[..120] + "...";

    private static bool IsHarmless(JsonProperty keyword) => keyword.Name.StartsWith("x-", StringComparison.Ordinal) || keyword switch
    {
        { Name: "uniqueItems", Value.ValueKind: JsonValueKind.False } => true,
        { Name: "minProperties", Value: { ValueKind: JsonValueKind.Number } least } => least.TryGetInt32(out int count) && count == 0,
        _ => false,
    };

    private static bool IsUnknownFormat(JsonProperty keyword) =>
        keyword is { Name: "format", Value.ValueKind: JsonValueKind.String } && !SchemaStrings.IsFormat(keyword.Value.GetString()!);
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
