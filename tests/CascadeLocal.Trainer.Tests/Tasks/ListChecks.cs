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
            ["maximum"] = FindsLargest,
            ["minimum"] = (question, answer) => Texts.Numbers(question).All(number => number >= Texts.Numbers(answer)[0])
                && Texts.Numbers(question).Contains(Texts.Numbers(answer)[0]),
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

    // Each number and the largest up to it: 12: 12, 47: 47, 33: 47, so 47
    private static bool FindsLargest(string question, string answer)
    {
        long[] numbers = Texts.Numbers(question);
        string[] steps = answer.Split(", ");
        long largest = 0;
        for (int i = 0; i < numbers.Length; i++)
        {
            largest = Math.Max(largest, numbers[i]);
            if (steps[i] != $"{numbers[i]}: {largest}")
                return false;
        }
        return steps.Length == numbers.Length + 1 && steps[^1] == $"so {largest}";
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

    private static bool CountsWords(string question, string answer)
    {
        string[] steps = answer.Split(", ");
        string[] words = List(question).Split(", ");
        int asked = AskedPosition(question);
        return steps.Length == asked + 2
            && steps[..^1].Select((step, i) => step == $"{i + 1} of {asked + 1} {words[i]}").All(right => right)
            && steps[^1] == $"so {words[asked]}";
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

    private static string List(string question) => ListPattern().Matches(question)[^1].Value;

    private static int AskedPosition(string question) =>
        Array.FindIndex(Ordinals, ordinal =>
            Regex.IsMatch(question, $@"\b(the|The) {ordinal} (word|place)", RegexOptions.IgnoreCase));

    [GeneratedRegex(@"(\w+) (\d+)")]
    private static partial Regex PairPattern();

    [GeneratedRegex(@"[a-z0-9]+(, [a-z0-9]+)+")]
    private static partial Regex ListPattern();
}
