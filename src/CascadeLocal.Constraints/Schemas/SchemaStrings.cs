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

    /// <summary>What the least length is counted in: marks that join the character before them count with some and not with others.</summary>
    private static readonly CharacterSet Counted = JsonGrammar.Standalone.Union(CharacterSet.OfCharacters("\"\\\n\t"));

    private readonly Dictionary<CharacterSet, GrammarExpression> _written = [];

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

        bool hasLength = facts.MinLength > 0 || facts.MaxLength is not null;
        if (facts.MaxLength < facts.MinLength)
            return GrammarExpression.Nothing;
        if (expressions.Count == 0)
            return hasLength ? JsonGrammar.Quoted(OfLength(facts.MinLength, facts.MaxLength)) : JsonGrammar.AnyString;
        if (expressions.Count == 1 && !hasLength)
            return JsonGrammar.Quoted(Written(expressions[0].Expression));
        CharacterGraph graph = CharacterGraph.Of(expressions[0].Expression, budget, expressions[0].Path);
        foreach ((GrammarExpression expression, string path) in expressions.Skip(1))
            graph = graph.And(CharacterGraph.Of(expression, budget, path));
        if (hasLength)
            graph = graph.And(CharacterGraph.OfLength(facts.MinLength, facts.MaxLength, Counted, budget, expressions[0].Path));
        return JsonGrammar.Quoted(graph.Written());
    }

    private static GrammarExpression OfLength(int min, int? max) => min <= 1
        ? GrammarExpression.Repeat(JsonGrammar.AnyCharacter, min, max)
        : GrammarExpression.Sequence(
            GrammarExpression.Repeat(JsonGrammar.Character(Counted), min, min),
            GrammarExpression.Repeat(JsonGrammar.AnyCharacter, 0, max - min));

    private GrammarExpression Written(CharacterSet set) =>
        _written.TryGetValue(set, out GrammarExpression? known) ? known : _written[set] = JsonGrammar.Character(set, budget);

    // Repetitions stay as they are, so that a count costs nothing here.
    private GrammarExpression Written(GrammarExpression expression) => expression switch
    {
        CharactersExpression characters => Written(characters.Set),
        SequenceExpression sequence => GrammarExpression.Sequence([.. sequence.Parts.Select(Written)]),
        AlternativesExpression alternatives => GrammarExpression.OneOf([.. alternatives.Alternatives.Select(Written)]),
        RepeatExpression repeat => GrammarExpression.Repeat(Written(repeat.Item), repeat.Min, repeat.Max),
        _ => expression,
    };
}
