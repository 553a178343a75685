using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers to logic questions.</summary>
internal static partial class LogicChecks
{
    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["next-number"] = WorksOutNext,
            ["continue"] = Continues,
            ["count-up"] = (question, answer) => Texts.Numbers(answer)[0] == Texts.Numbers(question)[0]
                && Texts.LastNumber(answer) == Texts.LastNumber(question)
                && Texts.Numbers(answer).Zip(Texts.Numbers(answer).Skip(1), (left, right) => right - left).All(step => step == 1),
            ["compare"] = (question, answer) => answer == $"{Texts.Numbers(question).Order().Last()}"
                && Texts.Numbers(question).Distinct().Count() == 2,
            ["even-odd"] = (question, answer) => answer == ("02468".Contains($"{Texts.LastNumber(question)}"[^1]) ? "even" : "odd"),
            ["tallest"] = (question, answer) => FollowsRelations(question, answer, out string tallest)
                && Pairs(question).All(pair => pair.Smaller != tallest)
                && Pairs(question).Any(pair => pair.Taller == tallest)
                && Pairs(question).Select(pair => pair.Smaller).Distinct().Count() == Pairs(question).Count,
            ["order-people"] = Orders,
        };

    // The steps grow by the same amount each time, which may be zero.
    private static bool WorksOutNext(string question, string answer)
    {
        long next = Texts.LastNumber(answer);
        long[] shown = Texts.Numbers(question);
        long[] steps = [.. shown.Append(next).Skip(1).Zip(shown, (right, left) => right - left)];
        return shown.Length == 5
            && steps.Zip(steps.Skip(1), (left, right) => right - left).Distinct().Count() == 1
            && answer == $"steps of {string.Join(", ", steps[..^1])}: {shown[^1]}{steps[^1]:+0;-0}={next}";
    }

    private static bool Continues(string question, string answer)
    {
        Match shown = ShownPattern().Match(question);
        long count = Texts.Numbers(question.Remove(shown.Index, shown.Length))[0];
        string[] parts = answer.Split(": ");
        long[] numbers = [.. Texts.Numbers(shown.Value), .. Texts.Numbers(parts[1])];
        return numbers.Length == 3 + count
            && parts[0] == $"steps of {numbers[1] - numbers[0]}"
            && numbers.Zip(numbers.Skip(1), (left, right) => right - left).Distinct().Count() == 1;
    }

    private static List<(string Taller, string Smaller)> Pairs(string question) =>
    [
        .. PairPattern().Matches(question).Select(match => match.Groups[2].Value == "taller"
            ? (match.Groups[1].Value, match.Groups[3].Value)
            : (match.Groups[3].Value, match.Groups[1].Value)),
    ];

    // The story's relations in its order, then what follows: Anna > Ben, Carl > Anna, so ...
    private static bool FollowsRelations(string question, string answer, out string result)
    {
        string[] parts = answer.Split(", so ");
        result = parts[^1];
        return parts.Length == 2
            && parts[0] == string.Join(", ", Pairs(question).Select(pair => $"{pair.Taller} > {pair.Smaller}"));
    }

    private static bool Orders(string question, string answer)
    {
        if (!FollowsRelations(question, answer, out string order))
            return false;
        string[] people = order.Split(", ");
        List<(string Taller, string Smaller)> pairs = Pairs(question);
        return pairs.Count == people.Length - 1
            && pairs.All(pair => Array.IndexOf(people, pair.Taller) + 1 == Array.IndexOf(people, pair.Smaller));
    }

    [GeneratedRegex(@"\d+, \d+, \d+")]
    private static partial Regex ShownPattern();

    [GeneratedRegex(@"([A-Z]\w+) is (taller|smaller) than ([A-Z]\w+)\.")]
    private static partial Regex PairPattern();
}
