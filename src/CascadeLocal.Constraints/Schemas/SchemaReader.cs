using System.Text.Json;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>
/// Turns JSON schemas into expressions. A value has to be valid by several subschemas at once, so it works on sets of them; each set
/// becomes one rule, which is how recursion ends.
/// </summary>
internal sealed class SchemaReader
{
    private const int MostDisjointSteps = 6;

    private static readonly JsonElement AString = JsonElement.Parse("""{"type":"string"}""");

    private readonly CompileBudget _budget;
    private readonly SchemaPlaces _places;
    private readonly Dictionary<string, Rule> _rules = new(StringComparer.Ordinal);
    private readonly Queue<(Rule Rule, List<Subschema> Schemas)> _pending = new();
    private readonly SchemaStrings _strings;

    private SchemaReader(JsonElement root, CompileBudget budget)
    {
        (_places, _budget) = (new(root, budget), budget);
        _strings = new(budget);
    }

    /// <summary>Reads a schema.</summary>
    /// <exception cref="ConstraintException">It is malformed, too big, or asks for what is not served.</exception>
    public static GrammarExpression Read(JsonElement schema, CompileBudget budget)
    {
        SchemaReader reader = new(schema, budget);
        GrammarExpression root = reader.Of([new(schema, "#", reader._places)]);
        while (reader._pending.TryDequeue(out var next))
            next.Rule.Body = reader.Body(next.Schemas);
        return root;
    }

    private GrammarExpression Of(List<Subschema> schemas)
    {
        string key = string.Join('\n', schemas.Select(schema => schema.Key).Order(StringComparer.Ordinal));
        _budget.Spend(1 + (key.Length / 32));
        if (_rules.TryGetValue(key, out Rule? rule))
            return rule;
        if (_rules.Count >= _budget.Limits.Rules)
            throw new ConstraintException($"The schema needs more than {_budget.Limits.Rules} rules.");
        rule = _rules[key] = new(schemas.Count == 0 ? "any" : SchemaKeywords.Short(schemas[0].Path));
        _pending.Enqueue((rule, schemas));
        return rule;
    }

    private GrammarExpression Body(List<Subschema> schemas)
    {
        if (Flatten(schemas) is not { } plain)
            return GrammarExpression.Nothing;
        foreach (string keyword in (string[])["anyOf", "oneOf"])
        {
            foreach (Subschema schema in plain)
            {
                if (schema.TryGet(keyword, out JsonElement list))
                    return Alternatives(plain, schema, keyword, list);
            }
        }

        SchemaFacts facts = new(plain, _budget);
        if (plain.Count == 0)
            return JsonGrammar.Value(JsonGrammar.Depth);
        if (facts.Values is { } values)
            return GrammarExpression.OneOf([.. values.Select(value => Text(JsonLiteral.Written(value)))]);
        List<GrammarExpression> kinds = [];
        if (facts.Types.HasFlag(JsonTypes.Object))
            kinds.Add(ObjectOf(facts));
        if (facts.Types.HasFlag(JsonTypes.Array))
            kinds.Add(ArrayOf(facts));
        if (facts.Types.HasFlag(JsonTypes.String))
            kinds.Add(_strings.Of(facts));
        if (facts.Types.HasFlag(JsonTypes.Number))
            kinds.Add(facts.Range.IsEverything ? JsonGrammar.Number : facts.Range.Numbers());
        else if (facts.Types.HasFlag(JsonTypes.Integer))
            kinds.Add(facts.Range.IsEverything ? JsonGrammar.Integer : facts.Range.Integers());
        if (facts.Types.HasFlag(JsonTypes.Boolean))
            kinds.Add(JsonGrammar.Boolean);
        if (facts.Types.HasFlag(JsonTypes.Null))
            kinds.Add(JsonGrammar.Null);
        return GrammarExpression.OneOf(kinds);
    }

    private GrammarExpression Alternatives(List<Subschema> plain, Subschema owner, string keyword, JsonElement list)
    {
        List<Subschema> rest = [.. plain.Select(schema => ReferenceEquals(schema, owner) ? owner.Except(keyword) : schema)];
        List<List<Subschema>> branches =
        [
            .. owner.List(keyword, list).Select(branch => With(rest, branch)),
        ];
        if (keyword == "oneOf")
        {
            List<SchemaFacts?> facts = [.. branches.Select(FactsOf)];
            for (int one = 0; one < branches.Count; one++)
            {
                for (int other = one + 1; other < branches.Count; other++)
                {
                    if (AreDisjoint(facts[one], facts[other], 0))
                        continue;
                    throw owner.NotServed(
                        keyword, $"has the alternatives {one} and {other}, which are not seen to exclude each other: anyOf is served");
                }
            }
        }

        return GrammarExpression.OneOf([.. branches.Select(Of)]);
    }

    private List<Subschema> With(List<Subschema> rest, Subschema branch)
    {
        _budget.Spend(rest.Count / 4);
        return [.. rest, branch];
    }

    private GrammarExpression Text(string text)
    {
        _budget.Spend(text.Length / 4);
        return GrammarExpression.Literal(text);
    }

    // Follows references and allOf, and drops what says nothing. Null where nothing is valid.
    private List<Subschema>? Flatten(List<Subschema> schemas)
    {
        List<Subschema> plain = [];
        HashSet<string> seen = [];
        Stack<(Subschema Schema, Chain? From)> open = new(schemas.AsEnumerable().Reverse().Select(schema => (schema, (Chain?)null)));
        while (open.TryPop(out var next))
        {
            Subschema schema = next.Schema;
            Chain chain = new(schema.Path, next.From);
            _budget.Spend(chain.Length + (schema.Path.Length / 32));
            _budget.Nest(chain.Length, SchemaKeywords.Short(schema.Path));
            if (schema.Schema.ValueKind == JsonValueKind.False)
                return null;
            if (schema.Schema.ValueKind == JsonValueKind.True || !seen.Add(schema.Key))
                continue;
            if (schema.Schema.ValueKind != JsonValueKind.Object)
                throw new ConstraintException($"The schema at {SchemaKeywords.Short(schema.Path)} is neither object nor boolean.", schema.Path, isInvalid: true);
            _budget.Spend(1 + (schema.Keywords.Count / 8));
            if (schema.TryGet("allOf", out JsonElement list))
            {
                foreach (Subschema part in schema.List("allOf", list).Reverse())
                    open.Push((part, chain));
                schema = schema.Except("allOf");
            }

            if (schema.Text("$ref") is { } reference)
            {
                Subschema target = Resolve(schema, reference);
                if (chain.Holds(target.Path))
                    throw schema.Invalid("$ref", "leads back to itself");
                open.Push((target, chain));
                schema = schema.Except("$ref");
            }

            if (schema.SaysAnything)
                plain.Add(schema);
        }

        return plain;
    }

    private Subschema Resolve(Subschema owner, string reference)
    {
        if (reference is not "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
        {
            throw owner.NotServed(
                "$ref", $"is '{SchemaKeywords.Short(reference)}', and only references within the schema are served, such as #/$defs/name");
        }

        return _places.Find(reference) ?? throw owner.Invalid("$ref", $"is '{SchemaKeywords.Short(reference)}', which is not there");
    }

    private GrammarExpression ObjectOf(SchemaFacts facts)
    {
        List<Subschema>? additional = facts.Additional;
        IReadOnlyList<string> names = facts.Properties;
        GrammarExpression? key = null;
        if (facts.PropertyNames is { Count: > 0 } ofNames)
        {
            ofNames = [.. ofNames, new(AString, "string", _places)];
            if (KeysOf(ofNames) is { } allowed)
            {
                if (!facts.Required.IsSubsetOf(allowed))
                    return GrammarExpression.Nothing;
                names = [.. names.Where(allowed.Contains), .. allowed.Except(names)];
                additional = null;
            }
            else if (names.Count == 0)
            {
                (additional, key) = (additional ?? [], Of(ofNames));
            }
            else if (!SaysStringAlone(ofNames))
            {
                throw facts.PropertyNames[0].NotServed(
                    "propertyNames", "is served beside properties and required only where it lists the names or says that they are strings");
            }
        }
        else if (names.Count == 0 && additional is null or [])
        {
            return JsonGrammar.Object(JsonGrammar.Depth);
        }

        // Two nodes a property: before the first one that is written, where no comma is due, and behind it.
        GraphExpression graph = new();
        for (int node = 0; node <= 2 * (names.Count + 1); node++)
            graph.AddNode();
        int end = graph.AddNode(accepts: true);
        graph.Connect(0, GrammarExpression.Literal("{"), 1);
        for (int index = 0; index < names.Count; index++)
        {
            (int before, int behind) = ((2 * index) + 1, (2 * index) + 2);
            GrammarExpression member = GrammarExpression.Sequence(
                Text($"\"{JsonGrammar.Written(names[index])}\""), JsonGrammar.Colon, Of(facts.SchemasOf(names[index])));
            graph.Connect(before, member, behind + 2);
            graph.Connect(behind, GrammarExpression.Sequence(JsonGrammar.Comma, member), behind + 2);
            if (facts.Required.Contains(names[index]))
                continue;
            graph.Connect(before, null, before + 2);
            graph.Connect(behind, null, behind + 2);
        }

        (int none, int some) = ((2 * names.Count) + 1, (2 * names.Count) + 2);
        if (additional is not null)
        {
            GrammarExpression member = GrammarExpression.Sequence(key ?? OtherKey(names), JsonGrammar.Colon, Of(additional));
            graph.Connect(none, member, some);
            graph.Connect(some, GrammarExpression.Sequence(JsonGrammar.Comma, member), some);
        }

        graph.Connect(none, GrammarExpression.Literal("}"), end);
        graph.Connect(some, GrammarExpression.Literal("}"), end);
        return graph;
    }

    // The names that there may be, where they are listed.
    private HashSet<string>? KeysOf(List<Subschema> schemas)
    {
        if (Flatten(schemas) is not { } plain)
            return [];
        return plain.Exists(schema => schema.TryGet("anyOf", out _) || schema.TryGet("oneOf", out _)) ? null
            : new SchemaFacts(plain, _budget).Values?.Select(value => value.GetString()!).ToHashSet(StringComparer.Ordinal);
    }

    private bool SaysStringAlone(List<Subschema> schemas) => Flatten(schemas) is { } plain && new SchemaFacts(plain, _budget).Types == JsonTypes.String
        && plain.TrueForAll(schema => schema.Keywords.Served.Keys.All(keyword => keyword == "type" || !schema.TryGet(keyword, out _)));

    // Any key but some: along their letters, and off them wherever a letter is another one. Each letter is written in one way.
    private GrammarExpression OtherKey(IReadOnlyList<string> names)
    {
        GraphExpression graph = new();
        List<Dictionary<int, int>> children = [[], []];
        List<bool> isName = [false, false];
        foreach (string name in names)
        {
            int node = 0;
            foreach (System.Text.Rune rune in name.EnumerateRunes())
            {
                _budget.Spend();
                if (!children[node].TryGetValue(rune.Value, out int child))
                {
                    child = children[node][rune.Value] = children.Count;
                    children.Add([]);
                    isName.Add(false);
                }

                node = child;
            }

            isName[node] = true;
        }

        for (int node = 0; node < children.Count; node++)
            graph.AddNode(!isName[node]);
        for (int node = 0; node < children.Count; node++)
        {
            foreach ((int character, int child) in children[node])
                graph.Connect(node, JsonGrammar.Character(CharacterSet.Of((character, character)), _budget), child);
            CharacterSet others = CharacterSet.Of(children[node].Keys.Select(character => (character, character))).Complement();
            graph.Connect(node, JsonGrammar.Character(others, _budget), 1);
        }

        return JsonGrammar.Quoted(graph);
    }

    private GrammarExpression ArrayOf(SchemaFacts facts)
    {
        int prefix = facts.PrefixLength;
        int? most = facts.MaxItems;
        if (prefix > 0 && !facts.HasItems)
            most = Math.Min(most ?? int.MaxValue, Math.Max(prefix, facts.MinItems));
        // All elements that have schemas of their own are written, as far as there may be so many.
        int least = Math.Max(facts.MinItems, Math.Min(prefix, most ?? int.MaxValue));
        if (least > most)
            return GrammarExpression.Nothing;
        prefix = Math.Min(prefix, most ?? prefix);
        List<GrammarExpression> parts = [];
        for (int index = 0; index < prefix; index++)
        {
            if (index > 0)
                parts.Add(JsonGrammar.Comma);
            parts.Add(Of(facts.SchemasOf(index)));
        }

        if (most is null || most > prefix)
        {
            GrammarExpression item = Of(facts.SchemasOf(int.MaxValue));
            GrammarExpression more = GrammarExpression.Sequence(JsonGrammar.Comma, item);
            if (prefix > 0)
            {
                parts.Add(GrammarExpression.Repeat(more, least - prefix, most - prefix));
            }
            else
            {
                GrammarExpression all = GrammarExpression.Sequence(item, GrammarExpression.Repeat(more, Math.Max(0, least - 1), most - 1));
                parts.Add(least == 0 ? GrammarExpression.Optional(all) : all);
            }
        }

        return GrammarExpression.Sequence([GrammarExpression.Literal("["), .. parts, GrammarExpression.Literal("]")]);
    }

    // Whether no value can be valid by both, as far as that is easily seen.
    private bool AreDisjoint(SchemaFacts? mine, SchemaFacts? theirs, int depth)
    {
        if (mine is null || theirs is null)
            return true;
        if (depth > MostDisjointSteps)
            return false;
        _budget.Spend(2 + ((long)(mine.Values?.Count ?? 1) * (theirs.Values?.Count ?? 1) / 4));
        // What is written by one must not be valid by the other.
        JsonTypes shared = (mine.Types & theirs.ValidTypes) | (mine.ValidTypes & theirs.Types);
        if (mine.Values is { } values)
            return !values.Any(value => Fits(value, theirs));
        if (theirs.Values is { } others)
            return !others.Any(value => Fits(value, mine));
        if ((shared & ~(JsonTypes.Object | JsonTypes.Number)) != JsonTypes.None)
            return false;
        if ((shared & JsonTypes.Number) != JsonTypes.None && !mine.Range.IsApartFrom(theirs.Range))
            return false;
        if (!shared.HasFlag(JsonTypes.Object))
            return true;
        foreach (string name in mine.Required.Union(theirs.Required, StringComparer.Ordinal))
        {
            if (mine.Forbids(name) || theirs.Forbids(name))
                return true;
            if (AreDisjoint(FactsOf(mine.SchemasOf(name)), FactsOf(theirs.SchemasOf(name)), depth + 1))
                return true;
        }

        return false;
    }

    // Null where nothing is valid.
    private SchemaFacts? FactsOf(List<Subschema> schemas) => Flatten(schemas) is { } plain ? new(plain, _budget) : null;

    private static bool Fits(JsonElement value, SchemaFacts facts) => (SchemaFacts.TypeOf(value) & facts.ValidTypes) != JsonTypes.None
        && (facts.Values is null || facts.Values.Exists(other => JsonElement.DeepEquals(value, other)));

    /// <summary>Where a subschema was come to from.</summary>
    private sealed record Chain(string Path, Chain? From)
    {
        public int Length { get; } = From is null ? 1 : From.Length + 1;

        public bool Holds(string path)
        {
            for (Chain? chain = this; chain is not null; chain = chain.From)
            {
                if (chain.Path == path)
                    return true;
            }

            return false;
        }
    }
}
