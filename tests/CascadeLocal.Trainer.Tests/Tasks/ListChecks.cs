using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers about lists.</summary>
internal static partial class ListChecks
{
    private static readonly string[] Ordinals =
    [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    ];

    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["sort-numbers"] = SortsNumbers,
            ["maximum"] = (question, answer) => FindsBest(question, answer, Math.Max),
            ["minimum"] = (question, answer) => FindsBest(question, answer, Math.Min),
            ["copy"] = (question, answer) => question.Contains($"\"{answer}\"", StringComparison.Ordinal),
            ["repeat"] = (question, answer) => answer.Split(", ").Length == Texts.LastNumber(question)
                && answer.Split(", ").Select((line, i) => line == $"{i + 1} of {Texts.LastNumber(question)} {Texts.Quoted(question)[0]}").All(right => right),
            ["look-up"] = LooksUp,
            ["reverse-list"] = ReversesList,
            ["word-position"] = CountsWords,
        };

    private static bool SortsNumbers(string question, string answer)
    {
        string[] steps = answer.Split("; ");
        List<long> left = [.. Texts.Numbers(question)];
        List<long> sorted = [];
        foreach (string step in steps[..^1])
        {
            if (step != $"{string.Join(", ", left)}: {left.Min()}")
                return false;
            sorted.Add(left.Min());
            left.Remove(left.Min());
        }
        return left.Count == 0 && steps[^1] == $"so {string.Join(", ", sorted)}";
    }

    // Each number and the best up to it, here the largest: 12: 12, 47: 47, 33: 47, so 47
    private static bool FindsBest(string question, string answer, Func<long, long, long> betterOf)
    {
        long[] numbers = Texts.Numbers(question);
        string[] steps = answer.Split(", ");
        long best = numbers[0];
        for (int i = 0; i < numbers.Length; i++)
        {
            best = betterOf(best, numbers[i]);
            if (steps[i] != $"{numbers[i]}: {best}")
                return false;
        }
        return steps.Length == numbers.Length + 1 && steps[^1] == $"so {best}";
    }

    // The list numbered, then from its end: 1 sun, 2 tree; 2 tree, 1 sun
    private static bool ReversesList(string question, string answer)
    {
        string[] halves = answer.Split("; ");
        string[] forward = halves[0].Split(", ");
        return halves.Length == 2
            && ListPattern().Matches(question).Any(list =>
                list.Value == string.Join(", ", forward.Select(word => word[(word.IndexOf(' ', StringComparison.Ordinal) + 1)..])))
            && forward.Select((word, i) => word.StartsWith($"{i + 1} ", StringComparison.Ordinal)).All(right => right)
            && forward.SequenceEqual(halves[1].Split(", ").Reverse());
    }

    // The words up to the one that is asked for, counted, whether they are a list or a sentence: 1 of 2 sun, 2 of 2 tree, so tree
    private static bool CountsWords(string question, string answer)
    {
        string[] steps = answer.Split(", ");
        int count = steps.Length - 1;
        string[] words = [.. steps[..^1].Select(step => step[(step.LastIndexOf(' ') + 1)..])];
        string place = $"({Ordinals[count - 1]}|{count}(st|nd|rd|th))";
        string read = $"({Regex.Escape(string.Join(", ", words))}|{Regex.Escape(string.Join(' ', words))})";
        return Regex.IsMatch(question, $@"\b(the|The) {place} (word|place)", RegexOptions.IgnoreCase)
            && Regex.IsMatch(question, $@"(: |word of |the list |place in ){read}(, | |[.?!]|$)")
            && steps[..^1].Select((step, i) => step == $"{i + 1} of {count} {words[i]}").All(right => right)
            && steps[^1] == $"so {words[^1]}";
    }

    private static bool LooksUp(string question, string answer)
    {
        Dictionary<string, string> table = PairPattern().Matches(question)
            .ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value);
        // "number" may be an entry, and stands in the question too.
        return table.Keys.Where(name => Regex.Count(question, $@"\b{name}\b") >= 2).Any(asked =>
        {
            string read = string.Join(", ", table.Keys.TakeWhile(name => name != asked).Append(asked).Select(name => $"{name} {table[name]}"));
            return answer == $"{read}, so {asked} has the number {table[asked]}.";
        });
    }

    [GeneratedRegex(@"(\w+) (\d+)")]
    private static partial Regex PairPattern();

    [GeneratedRegex(@"[a-z0-9]+(, [a-z0-9]+)+")]
    private static partial Regex ListPattern();
}
