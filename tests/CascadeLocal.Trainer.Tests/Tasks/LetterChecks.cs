namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers about letters.</summary>
internal static class LetterChecks
{
    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["reverse"] = (question, answer) => IsReversed(Texts.Quoted(question)[0], answer),
            ["upper-case"] = (question, answer) =>
                answer == string.Concat(Texts.Quoted(question)[0].Select(letter => letter == ' ' ? ' ' : (char)(letter - 'a' + 'A'))),
            ["spell"] = (question, answer) => answer.Length == 2 * Texts.Quoted(question)[0].Length - 1
                && answer.Replace("-", "", StringComparison.Ordinal) == Texts.Quoted(question)[0],
            ["sort-letters"] = SortsLetters,
            ["first-letter"] = (question, answer) => answer.Length == 1 && Texts.Quoted(question)[0].StartsWith(answer, StringComparison.Ordinal),
            ["last-letter"] = (question, answer) => Texts.Quoted(question)[0].LastIndexOf(answer, StringComparison.Ordinal)
                == Texts.Quoted(question)[0].Length - 1 && answer.Length == 1,
            ["count-letter"] = CountsAloud,
        };

    private static bool IsReversed(string text, string answer)
    {
        for (int i = 0; i < text.Length; i++)
            if (text[i] != answer[^(i + 1)])
                return false;
        return text.Length == answer.Length;
    }

    private static bool IsSorted(string text, string answer)
    {
        for (int i = 1; i < answer.Length; i++)
            if (answer[i - 1] > answer[i])
                return false;
        return text.Length == answer.Length && text.All(letter => Occurrences(text, letter) == Occurrences(answer, letter));
    }

    // What is left and its first letter, again and again: b a b: a; b b: b; b: b; so abb
    private static bool SortsLetters(string question, string answer)
    {
        string text = Texts.Quoted(question)[0];
        string[] steps = answer.Split("; ");
        string left = text;
        foreach (string step in steps[..^1])
        {
            string[] parts = step.Split(": ");
            if (parts[0] != string.Join(' ', left.AsEnumerable()) || parts[1] != $"{left.Min()}")
                return false;
            left = left.Remove(left.IndexOf(parts[1], StringComparison.Ordinal), 1);
        }
        return left.Length == 0
            && steps[^1].StartsWith("so ", StringComparison.Ordinal)
            && IsSorted(text, steps[^1]["so ".Length..]);
    }

    private static (string Letter, string Text) LetterAndText(string question)
    {
        string[] quoted = Texts.Quoted(question);
        return quoted[0].Length == 1 ? (quoted[0], quoted[1]) : (quoted[1], quoted[0]);
    }

    private static int Count(string question)
    {
        (string letter, string text) = LetterAndText(question);
        return Occurrences(text, letter[0]);
    }

    private static int Occurrences(string text, char letter) => text.Split(letter).Length - 1;

    private static bool CountsAloud(string question, string answer)
    {
        (string letter, string text) = LetterAndText(question);
        string[] steps = answer.Split(", ");
        for (int i = 0; i < text.Length; i++)
            if (steps[i] != $"{text[i]} {Occurrences(text[..(i + 1)], letter[0])}")
                return false;
        return steps.Length == text.Length + 1 && steps[^1] == $"so {Count(question)}";
    }
}
