namespace CascadeLocal.Templates.Text;

/// <summary>Python's ways to take strings apart, as ranges of the text.</summary>
internal static class PythonText
{
    /// <param name="characters">The set of characters to take away; null for white space.</param>
    public static Range Strip(string text, string? characters = null, bool start = true, bool end = true)
    {
        Func<int, bool> isStripped = characters is null ? CharacterClass.IsSpace : new HashSet<int>(CodePoints.Of(characters)).Contains;
        int from = 0, to = text.Length;
        while (start && from < to && isStripped(char.IsSurrogatePair(text, from) ? char.ConvertToUtf32(text, from) : text[from]))
            from += char.IsSurrogatePair(text, from) ? 2 : 1;
        while (end && to > from)
        {
            bool isPair = to - from >= 2 && char.IsSurrogatePair(text, to - 2);
            if (!isStripped(isPair ? char.ConvertToUtf32(text, to - 2) : text[to - 1]))
                break;
            to -= isPair ? 2 : 1;
        }

        return from..to;
    }

    /// <summary>At a separator, at most so often; negative for always.</summary>
    public static IEnumerable<Range> Split(string text, string separator, int limit)
    {
        int start = 0;
        for (int at; limit != 0 && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; limit--)
        {
            yield return start..at;
            start = at + separator.Length;
        }

        yield return start..text.Length;
    }

    /// <summary>At runs of white space; none at the ends, and no empty parts.</summary>
    public static IEnumerable<Range> Split(string text, int limit)
    {
        int at = SkipSpace(text, 0);
        while (at < text.Length)
        {
            if (limit-- == 0)
            {
                yield return at..text.Length;
                yield break;
            }

            int start = at;
            while (at < text.Length && !CharacterClass.IsSpace(text[at]))
                at++;
            yield return start..at;
            at = SkipSpace(text, at);
        }
    }

    /// <summary>As Split, from the end; the parts in the order of the text.</summary>
    public static IReadOnlyList<Range> SplitRight(string text, string separator, int limit)
    {
        List<Range> parts = [];
        int end = text.Length;
        for (int at; limit != 0 && end > 0 && (at = text.LastIndexOf(separator, end - 1, StringComparison.Ordinal)) >= 0; limit--)
        {
            if (at + separator.Length > end)
                break;
            parts.Add((at + separator.Length)..end);
            end = at;
        }

        parts.Add(..end);
        parts.Reverse();
        return parts;
    }

    public static IReadOnlyList<Range> SplitRight(string text, int limit)
    {
        List<Range> parts = [];
        int end = SkipSpaceBack(text, text.Length);
        while (end > 0)
        {
            if (limit-- == 0)
            {
                parts.Add(..end);
                break;
            }

            int at = end;
            while (at > 0 && !CharacterClass.IsSpace(text[at - 1]))
                at--;
            parts.Add(at..end);
            end = SkipSpaceBack(text, at);
        }

        parts.Reverse();
        return parts;
    }

    public static IEnumerable<Range> Lines(string text, bool keepEnds = false)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!CharacterClass.IsLineEnd(text[i]))
                continue;
            int end = i;
            if (text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
                i++;
            yield return start..(keepEnds ? i + 1 : end);
            start = i + 1;
        }

        if (start < text.Length)
            yield return start..text.Length;
    }

    /// <summary>How many parts a text has, none overlapping another.</summary>
    public static int Count(string text, string part)
    {
        if (part.Length == 0)
            return CodePoints.Count(text) + 1;
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
            count++;
        return count;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && CharacterClass.IsSpace(text[at]))
            at++;
        return at;
    }

    private static int SkipSpaceBack(string text, int at)
    {
        while (at > 0 && CharacterClass.IsSpace(text[at - 1]))
            at--;
        return at;
    }
}
