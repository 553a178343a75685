using System.Text.Json;

namespace CascadeLocal.Dialects;

/// <summary>Kinds of JSON values.</summary>
[Flags]
internal enum JsonKinds
{
    /// <summary>No value.</summary>
    None = 0,

    /// <summary>Texts.</summary>
    Text = 1,

    /// <summary>Numbers, whole or not.</summary>
    Number = 2,

    /// <summary>True and false.</summary>
    Truth = 4,

    /// <summary>Null.</summary>
    Null = 8,

    /// <summary>Objects.</summary>
    Object = 16,

    /// <summary>Arrays.</summary>
    Array = 32,

    /// <summary>Any value: the schema does not say.</summary>
    All = 63,
}

/// <summary>
/// Which kinds of values a schema allows, by its types, values, alternatives, and what it refers to in the same document. Schemas are
/// the client's: the work is bounded, and what lies beyond the bounds may be anything.
/// </summary>
internal sealed class SchemaKinds
{
    /// <summary>Schemas inside one another, followed references included.</summary>
    private const int MaxDepth = 16;

    private const int MaxReferences = 64;

    private readonly JsonElement _root;
    private readonly Dictionary<string, JsonKinds> _references = new(StringComparer.Ordinal);

    private SchemaKinds(JsonElement root) => _root = root;

    /// <summary>The kinds that <paramref name="schema"/> allows; all of them where it contradicts itself.</summary>
    /// <param name="schema">The schema of a value.</param>
    /// <param name="root">The document that it stands in.</param>
    internal static JsonKinds Of(JsonElement schema, JsonElement root) =>
        new SchemaKinds(root).Of(schema, 0) is not JsonKinds.None and var kinds ? kinds : JsonKinds.All;

    private JsonKinds Of(JsonElement schema, int depth)
    {
        JsonKinds kinds = JsonKinds.All;
        if (schema.ValueKind != JsonValueKind.Object || depth == MaxDepth)
            return kinds;
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            JsonElement value = keyword.Value;
            kinds &= keyword.Name switch
            {
                "type" when value.ValueKind == JsonValueKind.String => OfType(value),
                "type" => Union(value, OfType),
                "const" => OfValue(value),
                "enum" => Union(value, OfValue),
                "anyOf" or "oneOf" => Union(value, item => Of(item, depth + 1)),
                "allOf" when value.ValueKind == JsonValueKind.Array =>
                    value.EnumerateArray().Aggregate(JsonKinds.All, (all, item) => all & Of(item, depth + 1)),
                "$ref" when value.ValueKind == JsonValueKind.String => OfReference(value.GetString()!, depth + 1),
                _ => JsonKinds.All,
            };
        }

        return kinds;
    }

    private JsonKinds OfReference(string reference, int depth)
    {
        if (_references.TryGetValue(reference, out JsonKinds known))
            return known;
        if (_references.Count == MaxReferences)
            return JsonKinds.All;
        // So long as it is followed, it says nothing: it may come back to itself.
        _references[reference] = JsonKinds.All;
        return Find(reference) is { } found ? _references[reference] = Of(found, depth) : JsonKinds.All;
    }

    private static JsonKinds Union(JsonElement items, Func<JsonElement, JsonKinds> kindsOf) => items.ValueKind == JsonValueKind.Array
        ? items.EnumerateArray().Aggregate(JsonKinds.None, (all, item) => all | kindsOf(item))
        : JsonKinds.All;

    private static JsonKinds OfType(JsonElement type) => (type.ValueKind == JsonValueKind.String ? type.GetString() : null) switch
    {
        "string" => JsonKinds.Text,
        "number" or "integer" => JsonKinds.Number,
        "boolean" => JsonKinds.Truth,
        "null" => JsonKinds.Null,
        "object" => JsonKinds.Object,
        "array" => JsonKinds.Array,
        _ => JsonKinds.All,
    };

    private static JsonKinds OfValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonKinds.Text,
        JsonValueKind.Number => JsonKinds.Number,
        JsonValueKind.True or JsonValueKind.False => JsonKinds.Truth,
        JsonValueKind.Null => JsonKinds.Null,
        JsonValueKind.Object => JsonKinds.Object,
        _ => JsonKinds.Array,
    };

    /// <summary>What a reference within the document names: <c>#/$defs/Place</c>; null where there is no such thing.</summary>
    private JsonElement? Find(string reference)
    {
        if (reference is not ['#', ..])
            return null;
        JsonElement found = _root;
        foreach (string step in reference.Split('/').Skip(1))
        {
            string name = step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
                return null;
        }

        return found;
    }
}
