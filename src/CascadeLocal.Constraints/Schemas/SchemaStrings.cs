using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Regexes;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>Strings by what is said of them: length, patterns and formats.</summary>
internal sealed class SchemaStrings(CompileBudget budget)
{
    private const string Date =
        @"[12]\d{3}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))";

    private const string Time = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)";
    private const string Label = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?";
    private const string Host = Label + @"(\." + Label + "){0,3}";
    private const string Byte = @"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";

    private static readonly Dictionary<string, string> Formats = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = $"{Date}T{Time}",
        ["duration"] = @"P(\d{1,4}D|(\d{1,4}D)?T\d{1,4}[HMS]|\d{1,4}W|\d{1,4}Y(\d{1,2}M(\d{1,2}D)?)?)",
        ["uuid"] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ["ipv4"] = $@"({Byte}\.){{3}}{Byte}",
        ["ipv6"] = "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
        ["hostname"] = Host,
        ["email"] = $@"[A-Za-z0-9_+-]{{1,32}}(\.[A-Za-z0-9_+-]{{1,32}})?@{Label}\.[a-z]{{2,10}}",
        ["uri"] = $@"https?://{Host}(:[1-9]\d{{0,3}})?(/[A-Za-z0-9_.~-]{{1,64}}){{0,8}}/?",
    };

    // Those of JSON Schema that are not served.
    private static readonly HashSet<string> Others = new(StringComparer.Ordinal)
    {
        "idn-email", "idn-hostname", "uri-reference", "iri", "iri-reference", "uri-template", "json-pointer", "relative-json-pointer", "regex",
    };

    private readonly Dictionary<CharacterSet, GrammarExpression> _written = [];

    /// <summary>Whether JSON Schema knows a format; any other is an annotation.</summary>
    public static bool IsFormat(string name) => Formats.ContainsKey(name) || Others.Contains(name);

    /// <summary>The strings that facts speak of.</summary>
    public GrammarExpression Of(SchemaFacts facts)
    {
        List<(GrammarExpression Expression, string Path)> expressions = [];
        foreach ((Subschema owner, string pattern) in facts.Texts("pattern"))
            expressions.Add((RegexParser.Parse(pattern, isWhole: false, budget, owner.Path), owner.Path));
        foreach ((Subschema owner, string format) in facts.Texts("format"))
        {
            expressions.Add(Formats.TryGetValue(format, out string? known)
                ? (RegexParser.Parse(known, isWhole: true, budget), owner.Path)
                : throw owner.NotServed("format", $"is '{SchemaKeywords.Short(format)}', which is not served"));
        }

        if (facts.MaxLength < facts.MinLength)
            return GrammarExpression.Nothing;
        bool hasLength = facts.MinLength > 0 || facts.MaxLength is not null;
        if (expressions.Count == 0)
        {
            return hasLength
                ? JsonGrammar.Quoted(GrammarExpression.Repeat(JsonGrammar.AnyCharacter, facts.MinLength, facts.MaxLength)) : JsonGrammar.AnyString;
        }

        if (expressions.Count == 1 && !hasLength)
            return JsonGrammar.Quoted(Written(expressions[0].Expression));
        CharacterGraph graph = CharacterGraph.Of(expressions[0].Expression, budget, expressions[0].Path);
        foreach ((GrammarExpression expression, string path) in expressions.Skip(1))
            graph = graph.And(CharacterGraph.Of(expression, budget, path));
        // A length that all texts have anyway says nothing, and would cost nodes for each character.
        (long Least, long Most)[] lengths = [.. expressions.Select(expression => LengthOf(expression.Expression))];
        int least = lengths.Any(length => length.Least >= facts.MinLength) ? 0 : facts.MinLength;
        int? most = lengths.Any(length => length.Most <= facts.MaxLength) ? null : facts.MaxLength;
        if (least > 0 || most is not null)
            graph = graph.And(CharacterGraph.OfLength(least, most, budget, expressions[0].Path));
        return JsonGrammar.Quoted(graph.Expression(Written));
    }

    // In characters; at most a little above what lengths are compared with.
    private static (long Least, long Most) LengthOf(GrammarExpression expression)
    {
        const long Beyond = 1L << 32;
        static long Sum(IEnumerable<long> lengths) => lengths.Aggregate(0L, (sum, length) => Math.Min(Beyond, sum + length));
        switch (expression)
        {
            case CharactersExpression:
                return (1, 1);
            case SequenceExpression { Parts: var parts }:
                (long Least, long Most)[] lengths = [.. parts.Select(LengthOf)];
                return (Sum(lengths.Select(length => length.Least)), Sum(lengths.Select(length => length.Most)));
            case AlternativesExpression { Alternatives: var alternatives }:
                (long Least, long Most)[] ways = [.. alternatives.Select(LengthOf)];
                return (ways.Min(way => way.Least), ways.Max(way => way.Most));
            case RepeatExpression repeat:
                (long least, long most) = LengthOf(repeat.Item);
                return (Math.Min(Beyond, least * repeat.Min), repeat.Max is { } max ? Math.Min(Beyond, most * max) : Beyond);
            case LiteralExpression { Bytes.Length: 0 }:
                return (0, 0);
            default:
                return (0, Beyond);
        }
    }

    private GrammarExpression Written(CharacterSet set) =>
        _written.TryGetValue(set, out GrammarExpression? known) ? known : _written[set] = JsonGrammar.Character(set, budget);

    // Repetitions stay as they are, so that a count costs nothing here.
    private GrammarExpression Written(GrammarExpression expression) => expression switch
    {
        CharactersExpression characters => Written(characters.Set),
        SequenceExpression sequence => GrammarExpression.Sequence([.. sequence.Parts.Select(Written)]),
        AlternativesExpression alternatives => GrammarExpression.OneOf([.. alternatives.Alternatives.Select(Written)]),
        RepeatExpression repeat => GrammarExpression.Repeat(Written(repeat.Item), repeat.Min, repeat.Max),
        GraphExpression graph => CharacterGraph.Of(graph, budget, null).Expression(Written),
        _ => expression,
    };
}
