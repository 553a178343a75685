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
            ["repeat"] = (question, answer) => answer.Split(' ').Length == Texts.LastNumber(question)
                && answer.Split(' ').All(word => word == Texts.Quoted(question)[0]),
            ["look-up"] = LooksUp,
            ["reverse-list"] = (question, answer) =>
                List(question) == string.Join(", ", answer.Split(", ").Reverse()),
            ["word-position"] = (question, answer) => answer == List(question).Split(", ")[AskedPosition(question)],
        };

    private static bool SortsNumbers(string question, string answer)
    {
        long[] numbers = Texts.Numbers(answer);
        return numbers.Zip(numbers.Skip(1), (left, right) => left < right).All(rises => rises)
            && numbers.ToHashSet().SetEquals(Texts.Numbers(question))
            && answer == string.Join(", ", numbers);
    }

    private static bool LooksUp(string question, string answer)
    {
        Dictionary<string, string> table = PairPattern().Matches(question)
            .ToDictionary(pair => pair.Groups[1].Value, pair => pair.Groups[2].Value);
        string asked = table.Keys.Single(name => Regex.Count(question, $@"\b{name}\b") == 2);
        return table[asked] == answer;
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
