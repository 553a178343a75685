using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers to word problems by reading the story.</summary>
internal static partial class StoryChecks
{
    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["story-change"] = (question, answer) => Texts.EquationsHold(answer)
                && HasPattern().Match(answer).Groups["count"].Value == $"{Left(question)}"
                && question.Contains(HasPattern().Match(answer).Groups["name"].Value, StringComparison.Ordinal)
                && question.Contains(HasPattern().Match(answer).Groups["things"].Value, StringComparison.Ordinal)
                && answer.Split(", ").Length == Texts.Numbers(question).Length - 1,
            ["story-groups"] = CountsGroups,
            ["story-price"] = AddsPrices,
            ["story-compare"] = Compares,
            ["story-add"] = (question, answer) => IsOneStep(question, answer, '+', (first, second) => first + second),
            ["story-take"] = (question, answer) => IsOneStep(question, answer, '-', (first, second) => first - second) && !answer.Contains("=-", StringComparison.Ordinal),
            ["story-times"] = (question, answer) => IsOneStep(question, answer, '*', (first, second) => first * second),
        };

    private static long Left(string question)
    {
        long[] gains = [.. GainPattern().Matches(question).Select(match => Texts.Numbers(match.Value)[0])];
        long[] losses = [.. LossPattern().Matches(question).Select(match => Texts.Numbers(match.Value)[0])];
        long start = Texts.Numbers(question).Sum() - gains.Sum() - losses.Sum();
        return start + gains.Sum() - losses.Sum();
    }

    private static bool CountsGroups(string question, string answer)
    {
        long[] numbers = Texts.Numbers(question);
        long count = numbers[0] * numbers[1];
        if (numbers.Length > 2)
            count += numbers[2];
        if (numbers.Length > 3)
            count -= numbers[3];
        Match last = HasPattern().Match(answer);
        return Texts.EquationsHold(answer)
            && count >= 0
            && last.Groups["count"].Value == $"{count}"
            && question.Contains(last.Groups["name"].Value, StringComparison.Ordinal)
            && question.Contains(last.Groups["things"].Value, StringComparison.Ordinal);
    }

    // Each kind of goods and the sum so far, then the change: 6*9=54, 2*3=6, 54+6=60, 75-60=15, so 15 dollars
    private static bool AddsPrices(string question, string answer)
    {
        List<string> steps = [];
        long cost = 0;
        foreach (long[] pair in Texts.Numbers(question).Chunk(2))
        {
            if (pair is [long count, long price])
            {
                steps.Add($"{count}*{price}={count * price}");
                if (cost > 0)
                    steps.Add($"{cost}+{count * price}={cost + count * price}");
                cost += count * price;
            }
            else
            {
                steps.Add($"{pair[0]}-{cost}={pair[0] - cost}");
                cost = pair[0] - cost;
            }
        }
        return answer == $"{string.Join(", ", steps)}, so {cost} dollars";
    }

    private static bool IsOneStep(string question, string answer, char sign, Func<long, long, long> result) =>
        Texts.Numbers(question) is [long first, long second]
        && answer == $"{first}{sign}{second}={result(first, second)}, so {result(first, second)}";

    private static bool Compares(string question, string answer)
    {
        Dictionary<string, long> counts = [];
        foreach (Match match in StartPattern().Matches(question))
            counts[match.Groups[1].Value] = Texts.Numbers(match.Value)[0];
        foreach (Match match in MorePattern().Matches(question))
            counts[match.Groups[1].Value] = counts[match.Groups[3].Value] + Texts.Numbers(match.Groups[2].Value)[0];
        return Texts.EquationsHold(answer)
            && Regex.IsMatch(answer, $@", so {counts.Values.Sum()} [a-z]+ in all\.$")
            && counts.Skip(1).All(person => Regex.IsMatch(answer, $@"\b{person.Key} has \d+\+\d+={person.Value}\b"));
    }

    [GeneratedRegex(@"\d+ more\b")]
    private static partial Regex GainPattern();

    [GeneratedRegex(@"\d+ of them\b")]
    private static partial Regex LossPattern();

    [GeneratedRegex(@"(?<name>\w+) has (?<count>\d+) (?<things>\w+)\.$")]
    private static partial Regex HasPattern();

    [GeneratedRegex(@"([A-Z]\w+) has \d+ (?!more)\w+\.")]
    private static partial Regex StartPattern();

    [GeneratedRegex(@"([A-Z]\w+) has (\d+) more than (\w+)\.")]
    private static partial Regex MorePattern();
}
