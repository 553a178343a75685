using System.Globalization;
using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges answers about clock, calendar and units by the framework's own calendar.</summary>
internal static partial class TimeChecks
{
    private static readonly string[] Days = CultureInfo.InvariantCulture.DateTimeFormat.DayNames;
    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];

    // In the smallest unit of each kind: mm, g, seconds, months, inches, cents.
    private static readonly Dictionary<string, long> UnitSizes = new()
    {
        ["mm"] = 1,
        ["cm"] = 10,
        ["m"] = 1_000,
        ["km"] = 1_000_000,
        ["g"] = 1,
        ["kg"] = 1_000,
        ["seconds"] = 1,
        ["minutes"] = 60,
        ["hours"] = 3_600,
        ["days"] = 86_400,
        ["weeks"] = 604_800,
        ["months"] = 1,
        ["years"] = 12,
        ["inches"] = 1,
        ["feet"] = 12,
        ["cents"] = 1,
        ["dollars"] = 100,
    };

    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["clock-add"] = AddsTime,
            ["duration"] = MeasuresTime,
            ["weekday-after"] = (question, answer) => CountsDays(question, answer, 1),
            ["weekday-before"] = (question, answer) => CountsDays(question, answer, -1),
            ["next-days"] = NamesNext,
            ["convert"] = Converts,
        };

    private static TimeOnly[] Times(string text) =>
        [.. TimePattern().Matches(text).Select(match => TimeOnly.ParseExact(match.Value, "H:mm", CultureInfo.InvariantCulture))];

    // The hours first, where there are any, then the minutes: 9:40 + 2 hours is 11:40, 40+35=75, 75-60=15, so 12:15
    private static bool AddsTime(string question, string answer)
    {
        TimeOnly start = Times(question)[0];
        Match[] spans = [.. SpanPattern().Matches(question).Cast<Match>()];
        long Of(string unit) => spans.Where(span => span.Groups[2].Value.StartsWith(unit, StringComparison.Ordinal)).Sum(span => Texts.Numbers(span.Value)[0]);
        long minutes = Of("minute");
        List<string> steps = [];
        TimeOnly end = start;
        if (Of("hour") is > 0 and long hours)
        {
            end = start.AddHours(hours);
            steps.Add($"{start:H:mm} + {spans[0].Value} is {end:H:mm}");
        }
        long sum = start.Minute + minutes;
        if (minutes > 0)
            steps.Add($"{start.Minute}+{minutes}={sum}");
        if (sum >= 60)
            steps.Add($"{sum}-60={sum - 60}");
        steps.Add($"so {end.AddMinutes(minutes):H:mm}");
        return answer == string.Join(", ", steps);
    }

    private static bool MeasuresTime(string question, string answer)
    {
        TimeOnly[] asked = Times(question);
        TimeSpan whole = asked[1] - asked[0];
        string[] steps = answer.Split(", ");
        TimeOnly at = asked[0];
        if (steps[0] != $"{at.Minute}{(at.Minute.CompareTo(asked[1].Minute) switch { < 0 => '<', 0 => '=', _ => '>' })}{asked[1].Minute}")
            return false;
        foreach (string step in steps[1..^1])
        {
            if (step.Contains('=', StringComparison.Ordinal) && !Texts.EquationsHold(step))
                return false;
            TimeOnly[] times = Times(step);
            if (times.Length == 0)
                continue;
            if (times[0] != at || Span(step) != times[1] - times[0])
                return false;
            at = times[1];
        }
        return at == asked[1] && steps[^1].StartsWith("so ", StringComparison.Ordinal) && Span(steps[^1]) == whole;
    }

    private static TimeSpan Span(string text)
    {
        TimeSpan span = TimeSpan.Zero;
        foreach (Match match in SpanPattern().Matches(text))
        {
            long count = Texts.Numbers(match.Value)[0];
            CheckPlural(count, match.Groups[2].Value);
            span += match.Groups[2].Value.StartsWith("hour", StringComparison.Ordinal)
                ? TimeSpan.FromHours(count)
                : TimeSpan.FromMinutes(count);
        }
        return span;
    }

    private static void CheckPlural(long count, string unit) =>
        Xunit.Assert.Equal(count != 1, unit.EndsWith('s'));

    // Any weeks, then the days that are left one by one: 15=2*7+1, 1 Tuesday, so Tuesday
    private static bool CountsDays(string question, string answer, int direction)
    {
        int today = Array.FindIndex(Days, day => question.Contains(day, StringComparison.OrdinalIgnoreCase));
        int asked = (int)Texts.LastNumber(question);
        // 4 January 1970 was a Sunday.
        string DayAt(int distance) => new DateTime(1970, 1, 4).AddDays(today + direction * distance).DayOfWeek.ToString();
        List<string> steps = [.. answer.Split(", ")];
        int left = asked;
        if (asked >= 7)
        {
            long[] parts = Texts.Numbers(steps[0]);
            left = (int)parts[3];
            if (parts[0] != asked || parts[1] * parts[2] + left != asked || parts[2] != 7 || left > 6)
                return false;
            steps.RemoveAt(0);
        }
        return steps.Count == left + 1
            && steps.SkipLast(1).Select((step, i) => step == $"{i + 1} {DayAt(i + 1)}").All(right => right)
            && steps[^1] == $"so {DayAt(asked)}";
    }

    private static bool NamesNext(string question, string answer)
    {
        string[] names = question.Contains("months", StringComparison.OrdinalIgnoreCase) ? Months : Days;
        int start = Array.FindIndex(names, name => question.Contains(name, StringComparison.OrdinalIgnoreCase));
        string[] answers = answer.Split(", ");
        return answers.Length == Texts.Numbers(question)[0]
            && answers.Select((name, i) => name == $"{i + 1} {names[(start + i + 1) % names.Length]}").All(right => right);
    }

    private static bool Converts(string question, string answer)
    {
        string[] steps = answer.Split(", so ");
        if (steps.Length != 2 || !Texts.EquationsHold(steps[0]))
            return false;
        string[] answerParts = steps[^1].Split(' ');
        Match given = AmountPattern().Match(question);
        long smallest = Texts.Numbers(given.Value)[0] * UnitSizes[given.Groups[1].Value];
        return Texts.Numbers(steps[^1])[0] * UnitSizes[answerParts[1]] == smallest
            && Regex.Count(question, $@"\b{answerParts[1]}\b") == 1;
    }

    [GeneratedRegex(@"\d+:\d\d")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"\b(\d+) (hours?|minutes?)\b")]
    private static partial Regex SpanPattern();

    [GeneratedRegex(@"\d+ ([a-z]+)")]
    private static partial Regex AmountPattern();
}
