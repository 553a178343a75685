using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Regexes;

/// <summary>
/// The anchors and look-aheads of one regular expression. Anchors are served where they stand at either end of the whole, look-aheads
/// where they can be said of all the rest of the text.
/// </summary>
/// <param name="characters">What a text consists of that a look-ahead forbids something of.</param>
/// <param name="budget">What pays for it.</param>
/// <param name="path">Where the expression stands, for errors.</param>
internal sealed class RegexAnchors(CharacterSet characters, CompileBudget budget, string? path)
{
    /// <summary>The name of a look-ahead that what follows has to fit too.</summary>
    public const string Also = "(?=";

    /// <summary>The name of a look-ahead that what follows must not fit.</summary>
    public const string Not = "(?!";

    private static readonly GrammarExpression AnyText = GrammarExpression.Repeat(GrammarExpression.Characters(CharacterSet.All), 0, null);

    private readonly HashSet<GrammarExpression> _holders = [];

    /// <summary>Takes an anchor, by its character, or a look-ahead with its body.</summary>
    public GrammarExpression Add(Rule anchor)
    {
        _holders.Add(anchor);
        return anchor;
    }

    /// <summary>Whether an expression has any.</summary>
    public bool AreIn(GrammarExpression expression) => _holders.Contains(expression);

    /// <summary>An expression, noted as one that has some where its parts do.</summary>
    public GrammarExpression Marked(GrammarExpression whole, IReadOnlyList<GrammarExpression> parts)
    {
        if (parts.Any(AreIn))
            _holders.Add(whole);
        return whole;
    }

    /// <summary>The texts that an expression fits in.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="isWhole">Whether it has to fit the whole text; otherwise any text may be around it where no anchor stands.</param>
    /// <exception cref="ConstraintException">An anchor or a look-ahead stands where it is not served.</exception>
    public GrammarExpression Placed(GrammarExpression expression, bool isWhole) => Placed(expression, isStart: true, isWhole, isWhole);

    // isStart: the text may begin here. fromStart and toEnd: no more may be before or behind.
    private GrammarExpression Placed(GrammarExpression expression, bool isStart, bool fromStart, bool toEnd)
    {
        if (!AreIn(expression))
            return GrammarExpression.Sequence([.. fromStart ? [] : new[] { AnyText }, expression, .. toEnd ? [] : new[] { AnyText }]);
        if (expression is AlternativesExpression { Alternatives: var alternatives })
            return GrammarExpression.OneOf([.. alternatives.Select(alternative => Placed(alternative, isStart, fromStart, toEnd))]);
        GrammarExpression[] parts = expression is SequenceExpression sequence ? sequence.Parts : [expression];
        List<Rule> lookAheads = [];
        int first = 0, last = parts.Length;
        for (; first < last && parts[first] is Rule { Name: not "$" } rule && (isStart || rule.Name != "^"); first++)
        {
            if (rule.Name == "^")
                fromStart = true;
            else
                lookAheads.Add(rule);
        }

        for (; first < last && parts[last - 1] is Rule { Name: "$" }; last--)
            toEnd = true;
        if (lookAheads.Count == 0)
            return Rest(parts[first..last], isStart, fromStart, toEnd);

        isStart &= fromStart;
        CharacterGraph graph = CharacterGraph.Of(Rest(parts[first..last], isStart, true, toEnd), budget, path);
        foreach (Rule lookAhead in lookAheads)
        {
            CharacterGraph ahead = CharacterGraph.Of(Placed(lookAhead.Body!, isStart, true, false), budget, path);
            graph = graph.And(lookAhead.Name == Not ? ahead.Not(characters) : ahead);
        }

        GrammarExpression text = graph.Expression(GrammarExpression.Characters);
        return fromStart ? text : GrammarExpression.Sequence(AnyText, text);
    }

    private GrammarExpression Rest(GrammarExpression[] parts, bool isStart, bool fromStart, bool toEnd)
    {
        int holder = Array.FindIndex(parts, AreIn);
        if (holder < 0)
            return Placed(parts.Length == 0 ? GrammarExpression.Empty : GrammarExpression.Sequence(parts), isStart, fromStart, toEnd);
        if (holder == 0 && (parts.Length > 1 || parts[0] is Rule))
            throw new ConstraintException($"The regular expression{At()} has an anchor (^ or $) or a look-ahead in the middle, which is not served.", path);
        if (holder == 0)
            return Placed(parts[0], isStart, fromStart, toEnd);
        GrammarExpression tail = Marked(GrammarExpression.Sequence(parts[holder..]), parts[holder..]);
        return GrammarExpression.Sequence(
            [.. fromStart ? [] : new[] { AnyText }, .. parts[..holder], Placed(tail, isStart: false, fromStart: true, toEnd)]);
    }

    private string At() => path is null ? "" : $" at {path}";
}
