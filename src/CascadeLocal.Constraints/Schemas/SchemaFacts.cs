using System.Globalization;
using System.Text.Json;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>What several subschemas say of one value together, beside their alternatives.</summary>
internal sealed class SchemaFacts
{
    private readonly List<Subschema> _schemas;
    private readonly CompileBudget _budget;
    private readonly Dictionary<Subschema, Dictionary<string, JsonElement>> _declared = [];

    /// <summary>Reads what they say.</summary>
    /// <param name="schemas">Objects, without references and <c>allOf</c>; none where anything is valid.</param>
    /// <param name="budget">What reading them may cost.</param>
    public SchemaFacts(List<Subschema> schemas, CompileBudget budget)
    {
        (_schemas, _budget) = (schemas, budget);
        _budget.Spend(1 + schemas.Count);
        JsonTypes spokenOf = schemas.Aggregate(JsonTypes.None, (types, schema) => types | schema.Keywords.Types);
        bool isTyped = false;
        foreach (Subschema schema in schemas)
        {
            SpendOnNames(schema);
            if (schema.TryGet("type", out JsonElement type))
            {
                Types &= TypesOf(schema, type) | (IsNullable(schema) ? JsonTypes.Null : JsonTypes.None);
                isTyped = true;
            }
            else if (IsNullable(schema))
            {
                throw schema.NotServed("nullable", "is served beside type only");
            }

            if (schema.TryGet("const", out JsonElement only))
                Narrow([only]);
            if (schema.TryGet("enum", out JsonElement values))
                Narrow(values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : throw schema.Invalid("enum", "is not a list"));
            Range = Range.And(RangeOf(schema));
            if (schema.Number("multipleOf") is { } unit)
                Types &= unit == 1 ? ~JsonTypes.Fraction : throw schema.NotServed("multipleOf", "is not served but for 1");
            if (schema.TryGet("prefixItems", out JsonElement list))
                PrefixLength = Math.Max(PrefixLength, schema.Length("prefixItems", list));
            MinLength = Math.Max(MinLength, schema.Count("minLength") ?? 0);
            MaxLength = Least(MaxLength, schema.Count("maxLength"));
            MinItems = Math.Max(MinItems, schema.Count("minItems") ?? 0);
            MaxItems = Least(MaxItems, schema.Count("maxItems"));
            Required.UnionWith(NamesOf(schema));
            if (schema.TryGet("propertyNames", out JsonElement names))
                PropertyNames.Add(schema.Below("propertyNames", names));
        }

        ValidTypes = Types;
        if (!isTyped && Values is null && spokenOf != JsonTypes.None)
            Types &= spokenOf;
        if (Values is null)
            return;
        _budget.Spend((long)Values.Count * schemas.Count);
        Values.RemoveAll(value => (TypeOf(value) & Types) == JsonTypes.None || !schemas.TrueForAll(schema => Takes(schema, value)));
        Types &= Values.Aggregate(JsonTypes.None, (types, value) => types | TypeOf(value));
        foreach (Subschema schema in schemas)
        {
            if (schema.Keywords.Served.Keys.FirstOrDefault(keyword => IsLookedIntoBy(schema, keyword)) is { } keyword)
                throw schema.NotServed(keyword, "is not served together with such values of enum or const");
        }
    }

    /// <summary>What types a valid value may have.</summary>
    public JsonTypes ValidTypes { get; }

    /// <summary>What types are written: those that are spoken of, where none is named.</summary>
    public JsonTypes Types { get; } = JsonTypes.Any;

    /// <summary>The only values; null where there are others.</summary>
    public List<JsonElement>? Values { get; private set; }

    /// <summary>Between what a number lies.</summary>
    public NumberRange Range { get; } = new(null, null, false, false);

    public int MinLength { get; }

    public int? MaxLength { get; }

    public int MinItems { get; }

    public int? MaxItems { get; }

    /// <summary>The properties that an object must have.</summary>
    public HashSet<string> Required { get; } = new(StringComparer.Ordinal);

    /// <summary>The schemas that the names of properties have to be valid by.</summary>
    public List<Subschema> PropertyNames { get; } = [];

    /// <summary>The properties that are declared, each once, in their order; behind them those that are required only.</summary>
    public IReadOnlyList<string> Properties =>
    [
        .. _schemas.SelectMany(DeclaredBy).Select(property => property.Name)
            .Concat(_schemas.SelectMany(NamesOf)).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>How many elements of an array have schemas of their own.</summary>
    public int PrefixLength { get; }

    /// <summary>Whether they say anything of the elements behind those.</summary>
    public bool HasItems => _schemas.Any(schema => schema.TryGet("items", out _));

    /// <summary>The schemas of all that is said of other properties; null where objects have none.</summary>
    public List<Subschema>? Additional
    {
        get
        {
            List<Subschema> additional = [.. _schemas.Where(schema => schema.TryGet("additionalProperties", out _)).Select(AdditionalOf)];
            return additional.Count > 0 || !_schemas.Any(schema => schema.TryGet("properties", out _)) ? additional : null;
        }
    }

    /// <summary>The keywords of one name, with who has them.</summary>
    public IEnumerable<(Subschema Owner, string Text)> Texts(string keyword) =>
        from schema in _schemas let text = schema.Text(keyword) where text is not null select (schema, text);

    /// <summary>All that is said of a property.</summary>
    public List<Subschema> SchemasOf(string property)
    {
        List<Subschema> found = [];
        foreach (Subschema schema in _schemas)
        {
            _budget.Spend();
            if (Declared(schema).TryGetValue(property, out JsonElement own))
                found.Add(schema.Below("properties", property, own));
            else if (schema.TryGet("additionalProperties", out _))
                found.Add(AdditionalOf(schema));
        }

        return found;
    }

    /// <summary>All that is said of an element of an array.</summary>
    public List<Subschema> SchemasOf(int index)
    {
        List<Subschema> found = [];
        foreach (Subschema schema in _schemas)
        {
            _budget.Spend(1 + (Math.Min(index, PrefixLength) / 16));
            if (schema.TryGet("prefixItems", out JsonElement list) && list.GetArrayLength() > index)
                found.Add(schema.Below("prefixItems", index.ToString(CultureInfo.InvariantCulture), list[index]));
            else if (schema.TryGet("items", out JsonElement items))
            {
                found.Add(items.ValueKind != JsonValueKind.Array
                    ? schema.Below("items", items)
                    : throw schema.NotServed("items", "is a list, which is not served: prefixItems is"));
            }
        }

        return found;
    }

    /// <summary>Whether an object with a property can be valid, as far as other properties are forbidden.</summary>
    public bool Forbids(string property) => SchemasOf(property).Any(schema => schema.Schema.ValueKind == JsonValueKind.False);

    /// <summary>The type of a value.</summary>
    public static JsonTypes TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.Object => JsonTypes.Object,
        JsonValueKind.Array => JsonTypes.Array,
        JsonValueKind.String => JsonTypes.String,
        _ => value.TryGetDecimal(out decimal number) && decimal.Truncate(number) == number ? JsonTypes.Integer : JsonTypes.Fraction,
    };

    private static Subschema AdditionalOf(Subschema schema)
    {
        schema.TryGet("additionalProperties", out JsonElement additional);
        return schema.Below("additionalProperties", additional);
    }

    private static IEnumerable<JsonProperty> DeclaredBy(Subschema schema) => !schema.TryGet("properties", out JsonElement properties) ? []
        : properties.ValueKind == JsonValueKind.Object ? properties.EnumerateObject() : throw schema.Invalid("properties", "is not an object");

    // What an enum holds is told by length and range alone.
    private static bool Takes(Subschema schema, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && (schema.TryGet("minLength", out _) || schema.TryGet("maxLength", out _)))
        {
            int length = value.GetString()!.EnumerateRunes().Count();
            return length >= (schema.Count("minLength") ?? 0) && length <= (schema.Count("maxLength") ?? length);
        }

        if (value.ValueKind != JsonValueKind.Number)
            return true;
        decimal number = Subschema.Number(value);
        return !(number < schema.Number("minimum") || number <= schema.Number("exclusiveMinimum")
            || number > schema.Number("maximum") || number >= schema.Number("exclusiveMaximum"));
    }

    private bool IsLookedIntoBy(Subschema schema, string keyword) => schema.TryGet(keyword, out _)
        && (SchemaKeywords.TypesOf(keyword) & (keyword == "pattern" ? JsonTypes.String : JsonTypes.Object | JsonTypes.Array) & Types) != JsonTypes.None;

    private static bool IsNullable(Subschema schema) => schema.TryGet("nullable", out JsonElement value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw schema.Invalid("nullable", "is neither true nor false"),
    };

    // A property that tells alternatives apart has to be there, or they would not be told apart.
    private static IEnumerable<string> NamesOf(Subschema schema)
    {
        string? telling = schema.TryGet("discriminator", out JsonElement discriminator) && discriminator.ValueKind == JsonValueKind.Object
            && discriminator.TryGetProperty("propertyName", out JsonElement property) && property.ValueKind == JsonValueKind.String
            ? property.GetString() : null;
        return telling is null ? RequiredBy(schema) : RequiredBy(schema).Append(telling);
    }

    private static IEnumerable<string> RequiredBy(Subschema schema)
    {
        if (!schema.TryGet("required", out JsonElement names))
            return [];
        if (names.ValueKind != JsonValueKind.Array || names.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
            throw schema.Invalid("required", "is not a list of names");
        return names.EnumerateArray().Select(name => name.GetString()!);
    }

    private static JsonTypes TypesOf(Subschema schema, JsonElement type)
    {
        IEnumerable<JsonElement> names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray() : [type];
        return names.Aggregate(JsonTypes.None, (types, name) => types | (name.ValueKind == JsonValueKind.String ? name.GetString() : null) switch
        {
            null => JsonTypes.None,
            "null" => JsonTypes.Null,
            "boolean" => JsonTypes.Boolean,
            "object" => JsonTypes.Object,
            "array" => JsonTypes.Array,
            "string" => JsonTypes.String,
            "integer" => JsonTypes.Integer,
            "number" => JsonTypes.Number,
            var unknown => throw schema.Invalid("type", $"is '{SchemaKeywords.Short(unknown)}', which is no type"),
        }) is var types and not JsonTypes.None ? types : throw schema.Invalid("type", "is not the name of a type or a list of them");
    }

    private static NumberRange RangeOf(Subschema schema)
    {
        NumberRange range = new NumberRange(schema.Number("minimum"), schema.Number("maximum"), false, false)
            .And(new(schema.Number("exclusiveMinimum"), schema.Number("exclusiveMaximum"), true, true));
        string? beyond = range.Min >= NumberRange.Beyond ? "minimum" : range.Max <= -NumberRange.Beyond ? "maximum" : null;
        if (beyond is not null)
            throw schema.NotServed(beyond, "is a number of more than 16 digits, which is not served");
        return range with
        {
            Min = range.Min <= -NumberRange.Beyond ? null : range.Min,
            Max = range.Max >= NumberRange.Beyond ? null : range.Max,
        };
    }

    // Read once: a look for a name in JSON goes through all of them.
    private Dictionary<string, JsonElement> Declared(Subschema schema)
    {
        if (_declared.TryGetValue(schema, out var declared))
            return declared;
        declared = _declared[schema] = new(StringComparer.Ordinal);
        foreach (JsonProperty property in DeclaredBy(schema))
        {
            _budget.Spend();
            declared[property.Name] = property.Value;
        }

        return declared;
    }

    private static int? Least(int? one, int? other) => one is null ? other : other is null ? one : Math.Min(one.Value, other.Value);

    private void SpendOnNames(Subschema schema)
    {
        foreach (string keyword in (string[])["type", "required"])
        {
            if (schema.TryGet(keyword, out JsonElement names) && names.ValueKind == JsonValueKind.Array)
                _budget.Spend(names.GetArrayLength() / 8);
        }
    }

    private void Narrow(List<JsonElement> values)
    {
        _budget.Spend(1 + ((long)values.Count * (Values?.Count ?? 1) / 4));
        Values = Values is null ? values : [.. Values.Where(value => values.Any(other => JsonElement.DeepEquals(value, other)))];
    }
}
