namespace CascadeLocal.Constraints.Grammars;

/// <summary>A set of Unicode scalar values as sorted ranges that do not touch. Immutable; never holds a surrogate.</summary>
internal sealed class CharacterSet
{
    private readonly (int First, int Last)[] _ranges;

    private CharacterSet((int, int)[] ranges) => _ranges = ranges;

    /// <summary>Every scalar value.</summary>
    public static CharacterSet All { get; } = Of((0, 0x10FFFF));

    /// <summary>None.</summary>
    public static CharacterSet Empty { get; } = new([]);

    /// <summary>In ascending order, both ends included.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    /// <summary>Whether it holds none.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The set of some ranges in any order.</summary>
    public static CharacterSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> merged = [];
        foreach ((int first, int last) in ranges.SelectMany(WithoutSurrogates).OrderBy(range => range.First))
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(last, merged[^1].Last));
            else
                merged.Add((first, last));
        }

        return new([.. merged]);
    }

    /// <summary>The set of single characters.</summary>
    public static CharacterSet OfCharacters(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    /// <summary>Whether it holds a character.</summary>
    public bool Contains(int character)
    {
        foreach ((int first, int last) in _ranges)
        {
            if (character <= last)
                return character >= first;
        }

        return false;
    }

    /// <summary>What is in either.</summary>
    public CharacterSet Union(CharacterSet other) => Of([.. _ranges, .. other._ranges]);

    /// <summary>What is not in it.</summary>
    public CharacterSet Complement()
    {
        List<(int, int)> gaps = [];
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
                gaps.Add((next, first - 1));
            next = last + 1;
        }

        if (next <= 0x10FFFF)
            gaps.Add((next, 0x10FFFF));
        return Of(gaps);
    }

    /// <summary>What is in both.</summary>
    public CharacterSet Intersect(CharacterSet other)
    {
        List<(int, int)> both = [];
        int mine = 0, theirs = 0;
        while (mine < _ranges.Length && theirs < other._ranges.Length)
        {
            int first = Math.Max(_ranges[mine].First, other._ranges[theirs].First);
            int last = Math.Min(_ranges[mine].Last, other._ranges[theirs].Last);
            if (first <= last)
                both.Add((first, last));
            if (_ranges[mine].Last < other._ranges[theirs].Last)
                mine++;
            else
                theirs++;
        }

        return both.Count == 0 ? Empty : new([.. both]);
    }

    /// <summary>What is in it and not in another.</summary>
    public CharacterSet Except(CharacterSet other) => Intersect(other.Complement());

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < 0xD800)
            yield return (range.First, Math.Min(range.Last, 0xD7FF));
        if (range.Last > 0xDFFF)
            yield return (Math.Max(range.First, 0xE000), range.Last);
    }
}
