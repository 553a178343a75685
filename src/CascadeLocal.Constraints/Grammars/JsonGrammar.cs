using System.Globalization;
using System.Text;

namespace CascadeLocal.Constraints.Grammars;

/// <summary>
/// How JSON is written: one line, at most one blank behind a colon or a comma, numbers of at most 16 digits. Strings that nothing is
/// said of may use every escape; where single characters matter, each is written in one way.
/// </summary>
internal static class JsonGrammar
{
    /// <summary>How many levels of objects and arrays there are where nothing is said of a value.</summary>
    public const int Depth = 16;

    private const string Escaped = "\"\\\b\f\n\r\t";
    private const string Letters = "\"\\bfnrt";

    private static readonly CharacterSet Raw = CharacterSet.Of((0x20, 0x10FFFF)).Except(CharacterSet.OfCharacters("\"\\"));
    private static readonly GrammarExpression[] Escapes = [.. Enumerable.Range(0, 0x80).Select(character => GrammarExpression.Literal(Written(character)))];
    private static readonly GrammarExpression Hex = Set("0123456789abcdefABCDEF");
    private static readonly Rule[] Values = MakeValues();
    private static readonly GrammarExpression[] Objects;
    private static readonly GrammarExpression[] Arrays;

    static JsonGrammar()
    {
        Objects = MakeContainers('{', '}', depth => GrammarExpression.Sequence(AnyString, Colon, Values[depth]));
        Arrays = MakeContainers('[', ']', depth => Values[depth]);
        for (int depth = 0; depth <= Depth; depth++)
        {
            List<GrammarExpression> kinds = [AnyString, Number, Boolean, Null];
            if (depth > 0)
                kinds.AddRange([Objects[depth], Arrays[depth]]);
            Values[depth].Body = GrammarExpression.OneOf(kinds);
        }
    }

    /// <summary>A comma with what may stand behind it.</summary>
    public static GrammarExpression Comma { get; } = GrammarExpression.Sequence(
        GrammarExpression.Literal(","), GrammarExpression.Optional(GrammarExpression.Literal(" ")));

    /// <summary>A colon with what may stand behind it.</summary>
    public static GrammarExpression Colon { get; } = GrammarExpression.Sequence(
        GrammarExpression.Literal(":"), GrammarExpression.Optional(GrammarExpression.Literal(" ")));

    /// <summary>One character of a string in any way in which it can be written; a pair of escaped surrogates is one.</summary>
    public static GrammarExpression AnyCharacter { get; } = new Rule("character")
    {
        Body = GrammarExpression.OneOf(
            GrammarExpression.Characters(Raw),
            GrammarExpression.Sequence(GrammarExpression.Literal("\\"), GrammarExpression.OneOf(
                Set("\"\\/bfnrt"),
                GrammarExpression.Sequence(GrammarExpression.Literal("u"), GrammarExpression.OneOf(
                    GrammarExpression.Sequence(Set("0123456789abcefABCEF"), Hex, Hex, Hex),
                    GrammarExpression.Sequence(Set("dD"), Set("01234567"), Hex, Hex),
                    GrammarExpression.Sequence(
                        Set("dD"), Set("89abAB"), Hex, Hex, GrammarExpression.Literal("\\u"), Set("dD"), Set("cdefCDEF"), Hex, Hex)))))),
    };

    /// <summary>Any string.</summary>
    public static GrammarExpression AnyString { get; } = new Rule("string")
    {
        Body = Quoted(GrammarExpression.Repeat(AnyCharacter, 0, null)),
    };

    /// <summary>An integer of at most 16 digits.</summary>
    public static GrammarExpression Integer { get; } = new Rule("integer")
    {
        Body = GrammarExpression.OneOf(GrammarExpression.Literal("0"), GrammarExpression.Sequence(
            GrammarExpression.Optional(GrammarExpression.Literal("-")), Set("123456789"), Digits(0, 15))),
    };

    /// <summary>A number: at most 16 digits before and 15 behind the point, an exponent of one or two.</summary>
    public static GrammarExpression Number { get; } = new Rule("number")
    {
        Body = GrammarExpression.Sequence(
            GrammarExpression.Optional(GrammarExpression.Literal("-")),
            GrammarExpression.OneOf(GrammarExpression.Literal("0"), GrammarExpression.Sequence(Set("123456789"), Digits(0, 15))),
            GrammarExpression.Optional(GrammarExpression.Sequence(GrammarExpression.Literal("."), Digits(1, 15))),
            GrammarExpression.Optional(GrammarExpression.Sequence(
                Set("eE"),
                GrammarExpression.Optional(Set("+-")),
                GrammarExpression.OneOf(Digits(1, 1), GrammarExpression.Sequence(Set("1"), Digits(1, 1)))))),
    };

    /// <summary>true or false.</summary>
    public static GrammarExpression Boolean { get; } = GrammarExpression.OneOf(
        GrammarExpression.Literal("true"), GrammarExpression.Literal("false"));

    /// <summary>null.</summary>
    public static GrammarExpression Null { get; } = GrammarExpression.Literal("null");

    /// <summary>Any value of at most some levels.</summary>
    public static GrammarExpression Value(int depth) => Values[depth];

    /// <summary>Any object of at most some levels, itself among them.</summary>
    public static GrammarExpression Object(int depth) => Objects[depth];

    /// <summary>Any array of at most some levels, itself among them.</summary>
    public static GrammarExpression Array(int depth) => Arrays[depth];

    /// <summary>Some digits.</summary>
    public static GrammarExpression Digits(int min, int max) => GrammarExpression.Repeat(Set("0123456789"), min, max);

    /// <summary>A text between quotes.</summary>
    public static GrammarExpression Quoted(GrammarExpression content) =>
        GrammarExpression.Sequence(GrammarExpression.Literal("\""), content, GrammarExpression.Literal("\""));

    /// <summary>
    /// One character of a set in the one way in which it is written where characters matter: as it is, or as its short escape;
    /// control characters that have none, with four digits.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="budget">What pays for it; null where it is made once.</param>
    public static GrammarExpression Character(CharacterSet set, CompileBudget? budget = null)
    {
        List<GrammarExpression> ways = new(40);
        if (set.Intersect(Raw) is { IsEmpty: false } raw)
            ways.Add(GrammarExpression.Characters(raw));
        for (int character = 0; character < 0x80; character++)
        {
            if (!Raw.Contains(character) && set.Contains(character))
                ways.Add(Escapes[character]);
        }

        budget?.Spend(1 + (ways.Count / 4));
        return GrammarExpression.OneOf(ways);
    }

    /// <summary>A string as it is written where characters matter, without its quotes.</summary>
    public static string Written(string text)
    {
        StringBuilder written = new();
        foreach (Rune rune in text.EnumerateRunes())
            written.Append(Written(rune.Value));
        return written.ToString();
    }

    private static string Written(int character)
    {
        if (Raw.Contains(character))
            return new Rune(character).ToString();
        int escape = Escaped.IndexOf((char)character, StringComparison.Ordinal);
        return escape >= 0 ? $"\\{Letters[escape]}" : "\\u" + character.ToString("x4", CultureInfo.InvariantCulture);
    }

    private static Rule[] MakeValues() => [.. Enumerable.Range(0, Depth + 1).Select(depth => new Rule($"value{depth}"))];

    private static GrammarExpression[] MakeContainers(char open, char close, Func<int, GrammarExpression> member) =>
    [
        .. Enumerable.Range(0, Depth + 1).Select(depth => depth == 0 ? GrammarExpression.Nothing : new Rule($"container{depth}")
        {
            Body = GrammarExpression.Sequence(
                GrammarExpression.Literal(open.ToString()),
                GrammarExpression.Optional(GrammarExpression.Sequence(
                    member(depth - 1),
                    GrammarExpression.Repeat(GrammarExpression.Sequence(Comma, member(depth - 1)), 0, null))),
                GrammarExpression.Literal(close.ToString())),
        }),
    ];

    private static GrammarExpression Set(string characters) => GrammarExpression.Characters(CharacterSet.OfCharacters(characters));
}
