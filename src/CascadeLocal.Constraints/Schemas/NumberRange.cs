using System.Globalization;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>
/// The numbers between two bounds, digit by digit: how they are written decides whether they fit. At most 16 digits before the
/// point and 15 behind it, no exponent.
/// </summary>
/// <param name="Min">The least; null for none.</param>
/// <param name="Max">The most; null for none.</param>
/// <param name="AboveMin">Whether the least itself does not fit.</param>
/// <param name="BelowMax">Whether the most itself does not fit.</param>
internal sealed record NumberRange(decimal? Min, decimal? Max, bool AboveMin, bool BelowMax)
{
    /// <summary>Above all that is written.</summary>
    public const decimal Beyond = 9_999_999_999_999_999m;

    private const int FractionDigits = 15;

    /// <summary>Whether nothing is said.</summary>
    public bool IsEverything => Min is null && Max is null;

    /// <summary>What fits both.</summary>
    public NumberRange And(NumberRange other)
    {
        (decimal? min, bool above) = (Min, AboveMin);
        if (other.Min is { } least && (min is null || least > min || (least == min && other.AboveMin)))
            (min, above) = (least, other.AboveMin);
        (decimal? max, bool below) = (Max, BelowMax);
        if (other.Max is { } most && (max is null || most < max || (most == max && other.BelowMax)))
            (max, below) = (most, other.BelowMax);
        return new(min, max, above, below);
    }

    /// <summary>Whether no number is in both.</summary>
    public bool IsApartFrom(NumberRange other)
    {
        NumberRange both = And(other);
        return both.Min > both.Max || (both.Min == both.Max && both.Min is not null && (both.AboveMin || both.BelowMax));
    }

    /// <summary>The integers of the range.</summary>
    public GrammarExpression Integers()
    {
        decimal min = Min is { } least ? Math.Ceiling(least) + (AboveMin && Math.Ceiling(least) == least ? 1 : 0) : -Beyond;
        decimal max = Max is { } most ? Math.Floor(most) - (BelowMax && Math.Floor(most) == most ? 1 : 0) : Beyond;
        return Signed(min, max, (low, high) => Whole((long)low, (long)high), Math.Max(min, 0), Math.Min(max, -1));
    }

    /// <summary>The numbers of the range.</summary>
    public GrammarExpression Numbers()
    {
        decimal min = Min ?? -Beyond, max = Max ?? Beyond;
        List<GrammarExpression> ways = [];
        if (max >= 0)
            ways.Add(Positive(Math.Max(min, 0), Math.Min(max, Beyond), AboveMin && min >= 0, BelowMax));
        if (min < 0)
        {
            ways.Add(GrammarExpression.Sequence(
                GrammarExpression.Literal("-"),
                Positive(Math.Max(-max, 0), Math.Min(-min, Beyond), max >= 0 || BelowMax, AboveMin)));
        }

        return GrammarExpression.OneOf(ways);
    }

    private static GrammarExpression Signed(
        decimal min, decimal max, Func<decimal, decimal, GrammarExpression> positive, decimal positiveMin, decimal negativeMax)
    {
        List<GrammarExpression> ways = [];
        if (max >= 0 && positiveMin <= Math.Min(max, Beyond))
            ways.Add(positive(positiveMin, Math.Min(max, Beyond)));
        if (min < 0 && -negativeMax <= Math.Min(-min, Beyond))
            ways.Add(GrammarExpression.Sequence(GrammarExpression.Literal("-"), positive(-negativeMax, Math.Min(-min, Beyond))));
        return GrammarExpression.OneOf(ways);
    }

    // From min to max, neither below zero.
    private static GrammarExpression Whole(long min, long max)
    {
        if (min > max)
            return GrammarExpression.Nothing;
        string low = min.ToString(CultureInfo.InvariantCulture), high = max.ToString(CultureInfo.InvariantCulture);
        if (low.Length == high.Length)
            return Between(low, high);
        List<GrammarExpression> ways = [Between(low, new('9', low.Length)), Between("1" + new string('0', high.Length - 1), high)];
        if (high.Length - low.Length > 1)
            ways.Add(GrammarExpression.Sequence(Digit(1, 9), JsonGrammar.Digits(low.Length, high.Length - 2)));
        return GrammarExpression.OneOf(ways);
    }

    // Digits of equal number; the first node follows both bounds, the others one of them or none.
    private static GraphExpression Between(string low, string high)
    {
        GraphExpression graph = new();
        Dictionary<(int, bool, bool), int> nodes = [];
        int NodeOf(int index, bool atLow, bool atHigh)
        {
            if (nodes.TryGetValue((index, atLow, atHigh), out int known))
                return known;
            int node = nodes[(index, atLow, atHigh)] = graph.AddNode(index == low.Length);
            if (index == low.Length)
                return node;
            int least = atLow ? low[index] - '0' : 0, most = atHigh ? high[index] - '0' : 9;
            Split(least, most, atLow, atHigh, (from, to, stillLow, stillHigh) =>
                graph.Connect(node, Digit(from, to), NodeOf(index + 1, stillLow, stillHigh)));
            return node;
        }

        NodeOf(0, true, true);
        return graph;
    }

    // From min to max, neither below zero, with digits behind the point.
    private static GrammarExpression Positive(decimal min, decimal max, bool aboveMin, bool belowMax)
    {
        if (min > max)
            return GrammarExpression.Nothing;
        (long low, long high) = ((long)Math.Floor(min), (long)Math.Floor(max));
        string lowDigits = FractionOf(min), highDigits = FractionOf(max);
        if (low == high)
            return GrammarExpression.Sequence(Whole(low, low), Fraction(lowDigits, aboveMin, highDigits, belowMax));
        return GrammarExpression.OneOf(
            GrammarExpression.Sequence(Whole(low, low), Fraction(lowDigits, aboveMin, null, false)),
            GrammarExpression.Sequence(Whole(low + 1, high - 1), Fraction("", false, null, false)),
            GrammarExpression.Sequence(Whole(high, high), Fraction("", false, highDigits, belowMax)));
    }

    // The point and digits behind it, or nothing where that fits too. A node knows whether the digits so far are those of a bound.
    private static GraphExpression Fraction(string low, bool aboveLow, string? high, bool belowHigh)
    {
        GraphExpression graph = new();
        Dictionary<(int, bool, bool), int> nodes = [];
        bool Fits(int index, bool atLow, bool atHigh) =>
            (!atLow || (!aboveLow && Zeros(low, index)))
            && (!atHigh || !belowHigh || !Zeros(high!, index));
        int NodeOf(int index, bool atLow, bool atHigh)
        {
            if (nodes.TryGetValue((index, atLow, atHigh), out int known))
                return known;
            int node = nodes[(index, atLow, atHigh)] = graph.AddNode(index > 0 && Fits(index, atLow, atHigh));
            if (index == FractionDigits)
                return node;
            int least = atLow ? DigitOf(low, index) : 0, most = atHigh ? DigitOf(high!, index) : 9;
            Split(least, most, atLow, atHigh, (from, to, stillLow, stillHigh) =>
                graph.Connect(node, Digit(from, to), NodeOf(index + 1, stillLow, stillHigh)));
            return node;
        }

        int start = graph.AddNode(Fits(0, true, high is not null));
        graph.Connect(start, GrammarExpression.Literal("."), NodeOf(0, true, high is not null));
        return graph;
    }

    private static void Split(int least, int most, bool atLow, bool atHigh, Action<int, int, bool, bool> connect)
    {
        if (least == most)
        {
            connect(least, most, atLow, atHigh);
            return;
        }

        if (least > most)
            return;
        if (atLow)
            connect(least, least, true, false);
        if (atHigh)
            connect(most, most, false, true);
        (int from, int to) = (atLow ? least + 1 : least, atHigh ? most - 1 : most);
        if (from <= to)
            connect(from, to, false, false);
    }

    private static GrammarExpression Digit(int from, int to) => GrammarExpression.Characters(CharacterSet.Of(('0' + from, '0' + to)));

    private static int DigitOf(string digits, int index) => index < digits.Length ? digits[index] - '0' : 0;

    private static bool Zeros(string digits, int from) => digits.Skip(from).All(digit => digit == '0');

    private static string FractionOf(decimal value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? "" : text[(point + 1)..];
    }
}
