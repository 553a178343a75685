using System.Text;
using System.Text.Json;

namespace CascadeLocal.Constraints.Grammars;

/// <summary>
/// A set of texts, put together from smaller ones. Immutable once made; it says nothing of what it costs, which
/// <c>ConstraintCompiler</c> decides.
/// </summary>
public abstract class GrammarExpression
{
    private protected GrammarExpression()
    {
    }

    /// <summary>Any JSON object, at most <see cref="JsonGrammar.Depth"/> levels deep.</summary>
    public static GrammarExpression AnyJsonObject => JsonGrammar.Object(JsonGrammar.Depth);

    /// <summary>The empty text only.</summary>
    internal static GrammarExpression Empty { get; } = new LiteralExpression([]);

    /// <summary>No text at all, not even the empty one.</summary>
    internal static GrammarExpression Nothing { get; } = new CharactersExpression(CharacterSet.Empty);

    /// <summary>One text.</summary>
    /// <param name="text">The text; half surrogate pairs are not allowed.</param>
    public static GrammarExpression Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length == 0 ? Empty : new LiteralExpression(StrictUtf8.GetBytes(text));
    }

    /// <summary>Texts one behind the other.</summary>
    /// <param name="parts">In their order.</param>
    public static GrammarExpression Sequence(params IReadOnlyList<GrammarExpression> parts) =>
        parts.Count == 1 ? parts[0] : new SequenceExpression([.. parts]);

    /// <summary>Any one of several.</summary>
    /// <param name="alternatives">At least one.</param>
    public static GrammarExpression OneOf(params IReadOnlyList<GrammarExpression> alternatives) => alternatives.Count switch
    {
        0 => Nothing,
        1 => alternatives[0],
        _ => new AlternativesExpression([.. alternatives]),
    };

    /// <summary>A text or nothing.</summary>
    /// <param name="item">The text.</param>
    public static GrammarExpression Optional(GrammarExpression item) => Repeat(item, 0, 1);

    /// <summary>A text again and again.</summary>
    /// <param name="item">The text.</param>
    /// <param name="min">How often at least.</param>
    /// <param name="max">How often at most; null for without end.</param>
    public static GrammarExpression Repeat(GrammarExpression item, int min, int? max)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentOutOfRangeException.ThrowIfNegative(min);
        if (max < min)
            throw new ArgumentOutOfRangeException(nameof(max), "The most is less than the least.");
        return (min, max) switch
        {
            (1, 1) => item,
            (_, 0) => Empty,
            _ => new RepeatExpression(item, min, max),
        };
    }

    /// <summary>The JSON texts that are valid by a schema.</summary>
    /// <param name="schema">The schema; what of it is served is looked at when it is compiled.</param>
    public static GrammarExpression JsonSchema(JsonElement schema) => new SchemaExpression(schema.Clone());

    /// <summary>Any text that holds none of some markers, the empty one among them.</summary>
    /// <param name="markers">At least one, none of them empty.</param>
    public static GrammarExpression AnyTextUntil(params IReadOnlyList<string> markers)
    {
        ArgumentNullException.ThrowIfNull(markers);
        if (markers.Count == 0 || markers.Contains(""))
            throw new ArgumentException("A marker has at least one character.", nameof(markers));
        // A node is what of a marker the text ends with.
        string[] starts = ["", .. markers.SelectMany(Starts).Distinct()];
        int[] runes = [.. markers.SelectMany(marker => marker.EnumerateRunes()).Select(rune => rune.Value).Distinct()];
        GraphExpression graph = new();
        foreach (string _ in starts)
            graph.AddNode(accepts: true);
        for (int node = 0; node < starts.Length; node++)
        {
            List<int> matching = [];
            foreach (int next in runes)
            {
                string text = starts[node] + char.ConvertFromUtf32(next);
                bool isMarker = markers.Any(marker => text.EndsWith(marker, StringComparison.Ordinal));
                string longest = starts.Where(start => text.EndsWith(start, StringComparison.Ordinal)).MaxBy(start => start.Length)!;
                if (!isMarker && longest.Length > 0)
                    graph.Connect(node, new CharactersExpression(CharacterSet.Of((next, next))), Array.IndexOf(starts, longest));
                if (isMarker || longest.Length > 0)
                    matching.Add(next);
            }

            graph.Connect(node, new CharactersExpression(CharacterSet.Of(matching.Select(next => (next, next))).Complement()), 0);
        }

        return graph;
    }

    /// <summary>One character of a set.</summary>
    internal static GrammarExpression Characters(CharacterSet set) => new CharactersExpression(set);

    // With what a text begins, itself and nothing left out.
    private static IEnumerable<string> Starts(string text)
    {
        for (int length = 1; length < text.Length; length++)
            if (!char.IsLowSurrogate(text[length]))
                yield return text[..length];
    }

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);
}

/// <summary>Some bytes.</summary>
internal sealed class LiteralExpression(byte[] bytes) : GrammarExpression
{
    public byte[] Bytes { get; } = bytes;
}

/// <summary>One character of a set; of an empty one, nothing is a text.</summary>
internal sealed class CharactersExpression(CharacterSet set) : GrammarExpression
{
    public CharacterSet Set { get; } = set;
}

/// <summary>One behind the other.</summary>
internal sealed class SequenceExpression(GrammarExpression[] parts) : GrammarExpression
{
    public GrammarExpression[] Parts { get; } = parts;
}

/// <summary>Any one of several.</summary>
internal sealed class AlternativesExpression(GrammarExpression[] alternatives) : GrammarExpression
{
    public GrammarExpression[] Alternatives { get; } = alternatives;
}

/// <summary>Again and again; without end where there is no most.</summary>
internal sealed class RepeatExpression(GrammarExpression item, int min, int? max) : GrammarExpression
{
    public GrammarExpression Item { get; } = item;

    public int Min { get; } = min;

    public int? Max { get; } = max;
}

/// <summary>A schema that is not read yet.</summary>
internal sealed class SchemaExpression(JsonElement schema) : GrammarExpression
{
    public JsonElement Schema { get; } = schema;
}

/// <summary>A named expression, which may use itself. Its body is set once, when all that it uses is known.</summary>
internal sealed class Rule(string name) : GrammarExpression
{
    public string Name { get; } = name;

    public GrammarExpression? Body { get; set; }
}

/// <summary>The texts along the ways from the first node to one that accepts. An edge without an expression is free.</summary>
internal sealed class GraphExpression : GrammarExpression
{
    private readonly List<bool> _accepts = [];
    private readonly List<(int From, GrammarExpression? Text, int To)> _edges = [];

    public IReadOnlyList<bool> Accepts => _accepts;

    public IReadOnlyList<(int From, GrammarExpression? Text, int To)> Edges => _edges;

    public int AddNode(bool accepts = false)
    {
        _accepts.Add(accepts);
        return _accepts.Count - 1;
    }

    public void Connect(int from, GrammarExpression? text, int to) => _edges.Add((from, text, to));
}
