using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers about lists.</summary>
internal static partial class ListChecks
{
    private static readonly string[] Ordinals =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["sort-numbers"] = SortsNumbers,
            ["maximum"] = (question, answer) => Texts.Numbers(question).All(number => number <= Texts.Numbers(answer)[0])
                && Texts.Numbers(question).Contains(Texts.Numbers(answer)[0]),
            ["minimum"] = (question, answer) => Texts.Numbers(question).All(number => number >= Texts.Numbers(answer)[0])
                && Texts.Numbers(question).Contains(Texts.Numbers(answer)[0]),
            ["copy"] = (question, answer) => question.Contains($"\"{answer}\"", StringComparison.Ordinal),
            ["repeat"] = (question, answer) => answer.Split(", ").Length == Texts.LastNumber(question)
                && answer.Split(", ").Select((line, i) => line == $"{i + 1} {Texts.Quoted(question)[0]}").All(right => right),
            ["look-up"] = LooksUp,
            ["reverse-list"] = (question, answer) =>
                List(question) == string.Join(", ", answer.Split(", ").Reverse()),
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

    private static bool CountsWords(string question, string answer)
    {
        string[] steps = answer.Split(", ");
        string[] words = List(question).Split(", ");
        int asked = AskedPosition(question);
        return steps.Length == asked + 2
            && steps[..^1].Select((step, i) => step == $"{i + 1} {words[i]}").All(right => right)
            && steps[^1] == $"so {words[asked]}";
    }

    private static bool LooksUp(string question, string answer)
    {
        Dictionary<string, string> table = PairPattern().Matches(question)
            .ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value);
        string asked = table.Keys.Single(name => Regex.Count(question, $@"\b{name}\b") == 2);
        return answer == $"{asked} has the number {table[asked]}.";
    }

    private static string List(string question) => ListPattern().Match(question).Value;

    private static int AskedPosition(string question) =>
        Array.FindIndex(Ordinals, ordinal =>
            Regex.IsMatch(question, $@"\b(the|The) {ordinal} (word|place)", RegexOptions.IgnoreCase));

    [GeneratedRegex(@"(\w+) (\d+)")]
    private static partial Regex PairPattern();

    [GeneratedRegex(@"[a-z]+(, [a-z]+){2,}")]
    private static partial Regex ListPattern();
}
