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
            ["count-up"] = CountsUp,
            ["compare"] = (question, answer) => Texts.Numbers(question).Order().ToArray() is [long smaller, long larger]
                && smaller < larger
                && answer == $"{larger} is larger than {smaller}.",
            ["even-odd"] = SaysWhetherEven,
            ["tallest"] = (question, answer) => ClimbsRelations(question, answer, ", so ", out string tallest, out string rest)
                && rest == tallest
                && Pairs(question).Select(pair => pair.Smaller).Distinct().Count() == Pairs(question).Count,
            ["order-people"] = Orders,
        };

    // Every step as a difference, the step grown where it grows, the last sum: 8-5=3, 13-8=5, 5+2=7, 13+7=20
    private static bool WorksOutNext(string question, string answer)
    {
        long next = Texts.LastNumber(answer);
        long[] shown = Texts.Numbers(question);
        long[] steps = [.. shown.Append(next).Skip(1).Zip(shown, (right, left) => right - left)];
        long growth = steps[^1] - steps[^2];
        List<string> working = [];
        for (int i = 0; i < shown.Length - 1; i++)
        {
            (long larger, long smaller) = (Math.Max(shown[i], shown[i + 1]), Math.Min(shown[i], shown[i + 1]));
            working.Add($"{larger}-{smaller}={larger - smaller}");
        }
        if (growth != 0)
            working.Add($"{steps[^2]}+{growth}={steps[^1]}");
        working.Add($"{shown[^1]}{steps[^1]:+0;-0}={next}");
        return shown.Length is >= 3 and <= 6
            && steps.Zip(steps.Skip(1), (left, right) => right - left).Distinct().Count() == 1
            && answer == string.Join(", ", working);
    }

    // The step, then numbered sums with it: 19-14=5, 1: 24+5=29, 2: 29+5=34
    private static bool Continues(string question, string answer)
    {
        Match shown = ShownPattern().Match(question);
        long count = Texts.Numbers(question.Remove(shown.Index, shown.Length))[0];
        long[] numbers = Texts.Numbers(shown.Value);
        long step = numbers[1] - numbers[0];
        long last = numbers[^1];
        return numbers.Skip(1).Zip(numbers, (right, left) => right - left).All(difference => difference == step)
            && answer.Split(", ").Length == count + 1
            && answer.Split(", ")[0] == $"{numbers[1]}-{numbers[0]}={step}"
            && answer.Split(", ").Skip(1).Select((sum, i) =>
                sum == $"{i + 1}: {last + i * step}+{step}={last + (i + 1) * step}").All(right => right);
    }

    // Each number beside the last: 5 of 7, 6 of 7, 7 of 7
    private static bool CountsUp(string question, string answer)
    {
        long[] ends = Texts.Numbers(question);
        string[] steps = answer.Split(", ");
        return steps.Length == ends[1] - ends[0] + 1
            && steps.Select((step, i) => step == $"{ends[0] + i} of {ends[1]}").All(right => right);
    }

    private static bool SaysWhetherEven(string question, string answer)
    {
        string number = $"{Texts.LastNumber(question)}";
        return answer == $"{number} ends in {number[^1]}, so it is {("02468".Contains(number[^1]) ? "even" : "odd")}.";
    }

    private static List<(string Taller, string Smaller)> Pairs(string question) =>
    [
        .. PairPattern().Matches(question).Select(match => match.Groups[2].Value == "taller"
            ? (match.Groups[1].Value, match.Groups[3].Value)
            : (match.Groups[3].Value, match.Groups[1].Value)),
    ];

    // The story's relations in its order, then the way up from the taller one of the first: Anna > Ben, Carl > Anna. Up: Anna, Carl
    private static bool ClimbsRelations(string question, string answer, string separator, out string tallest, out string rest)
    {
        List<(string Taller, string Smaller)> pairs = Pairs(question);
        List<string> up = [pairs[0].Taller];
        while (pairs.SingleOrDefault(pair => pair.Smaller == up[^1]).Taller is { } taller)
            up.Add(taller);
        tallest = up[^1];
        string climb = string.Join(", ", pairs.Select(pair => $"{pair.Taller} > {pair.Smaller}")) + $". Up: {string.Join(", ", up)}";
        bool climbs = answer.StartsWith(climb + separator, StringComparison.Ordinal);
        rest = climbs ? answer[(climb + separator).Length..] : "";
        return climbs;
    }

    private static bool Orders(string question, string answer)
    {
        if (!ClimbsRelations(question, answer, ". Down: ", out string tallest, out string order))
            return false;
        string[] people = order.Split(", ");
        List<(string Taller, string Smaller)> pairs = Pairs(question);
        return people[0] == tallest
            && pairs.Count == people.Length - 1
            && pairs.All(pair => Array.IndexOf(people, pair.Taller) + 1 == Array.IndexOf(people, pair.Smaller));
    }

    [GeneratedRegex(@"\d+(, \d+)+")]
    private static partial Regex ShownPattern();

    [GeneratedRegex(@"([A-Z]\w+) is (taller|smaller) than ([A-Z]\w+)\.")]
    private static partial Regex PairPattern();
}
