namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>Whether the end of an answer speaks of what was asked.</summary>
internal static class ClosingOverlap
{
    /// <summary>Sentences are cut to this many UTF-16 units at the side that matters less.</summary>
    private const int MaximumLength = 1000;

    /// <summary>The share of the words of the question's last sentence that stand in the line before the result.</summary>
    public static double Measure(string question, string answer, FinalAnswer final)
    {
        HashSet<string> asked = Words(LastSentence(question.AsSpan().TrimEnd()));
        if (asked.Count == 0)
            return 0;
        ReadOnlySpan<char> before = answer.AsSpan(0, final.Form == FinalForm.Hash ? final.Start : answer.Length).TrimEnd();
        int line = before.LastIndexOf('\n') + 1;
        HashSet<string> said = Words(Tail(before[line..]));
        return (double)asked.Count(said.Contains) / asked.Count;
    }

    private static ReadOnlySpan<char> LastSentence(ReadOnlySpan<char> text)
    {
        text = Tail(text);
        int end = text.Length > 0 ? text[..^1].LastIndexOfAny(".?!\n") : -1;
        return text[(end + 1)..];
    }

    private static ReadOnlySpan<char> Tail(ReadOnlySpan<char> text) => text.Length > MaximumLength ? text[^MaximumLength..] : text;

    private static HashSet<string> Words(ReadOnlySpan<char> text)
    {
        HashSet<string> words = new(StringComparer.OrdinalIgnoreCase);
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isLetter = i < text.Length && char.IsLetter(text[i]);
            if (isLetter && start < 0)
                start = i;
            if (!isLetter && start >= 0)
            {
                // Short words bind sentences and say nothing of their subject.
                if (i - start > 3)
                    words.Add(text[start..i].TrimEnd('s').ToString());
                start = -1;
            }
        }

        return words;
    }
}
