using CascadeLocal.Trainer.Tasks.Vocabulary;
using CascadeLocal.Trainer.Tasks.Working;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Clock, calendar and units.</summary>
internal static class TimeFamilies
{
    private static readonly (int Least, int Most)[] DaysAhead = [(2, 6), (8, 27), (30, 99)];

    public static TaskFamily ClockAdd { get; } = new()
    {
        Name = "clock-add",
        Topic = Topics.Time,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "it is {0}. What time is it in {1}?",
                "what time is {1} after {0}?",
                "a train leaves at {0} and needs {1}. At what time does it arrive?",
                "the time is {0} now. Name the time {1} later.",
            ],
            heldOut: "a film starts at {0} and lasts {1}. When does it end?"),
        Ask = (random, level) =>
        {
            int minute = random.Between(1, 49);
            int more = level == 1 ? random.Between(2, 59 - minute) : random.Between(60 - minute, 59);
            int hours = level == 3 ? random.Between(2, 11) : 0;
            ClockTime start = new(random.Between(1, 23) * 60 + minute);
            return Later(start, hours, more, hours == 0 ? $"{more} minutes" : $"{hours} hours and {more} minutes");
        },
        AskFreely = (random, level) =>
        {
            ClockTime start = new(random.Between(1, 23) * 60 + 5 * random.Between(0, 11));
            int more = random.Next(3) == 0 ? random.Between(1, 59) : 5 * random.Between(1, 11);
            if (level < 3)
                return Later(start, 0, more, ClockTime.Count(more, "minute"));
            int hours = random.Between(1, 12);
            string duration = ClockTime.Count(hours, "hour");
            return random.Next(2) == 0 ? Later(start, hours, 0, duration) : Later(start, hours, more, $"{duration} and {ClockTime.Count(more, "minute")}");
        },
    };

    public static TaskFamily Duration { get; } = new()
    {
        Name = "duration",
        Topic = Topics.Time,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "how long is it from {0} to {1}? Show each step.",
                "work out the time from {0} to {1} step by step.",
                "a train leaves at {0} and arrives at {1}. Show each step of how long it needs.",
                "find the time between {0} and {1} and show each step.",
            ],
            heldOut: "a film starts at {0} and ends at {1}. Explain how long it lasts."),
        Ask = (random, level) =>
        {
            int hour = random.Between(1, 12);
            int fullHours = level switch { 1 => 0, 2 => random.Between(2, 4), _ => random.Between(5, 10) };
            ClockTime start = new(hour * 60 + random.Between(1, 59));
            ClockTime end = new((hour + 1 + fullHours) * 60 + random.Between(1, 59));
            if (end.Minute == start.Minute)
                end = end.Plus(end.Minute < 59 ? 1 : -1);
            return new Problem(start.WorkingTo(end), $"{start}", $"{end}");
        },
        AskFreely = (random, level) =>
        {
            int hour = random.Between(6, 12);
            int fullHours = level switch { 1 => 0, 2 => random.Between(1, 4), _ => random.Between(4, 10) };
            ClockTime start = new(hour * 60 + 5 * random.Between(0, 11));
            ClockTime end = new((hour + 1 + fullHours) * 60 + 5 * random.Between(0, 11));
            return new Problem(start.WorkingTo(end), $"{start}", $"{end}");
        },
    };

    public static TaskFamily WeekdayAfter { get; } = new()
    {
        Name = "weekday-after",
        Topic = Topics.Time,
        Levels = DaysAhead.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "today is {0}. What day is it in {1} days?",
                "what day is {1} days after {0}?",
                "which day comes {1} days after {0}?",
                "it is {0}. Name the day {1} days later.",
            ],
            heldOut: "if you wait {1} days from {0}, which day is it?"),
        Ask = (random, level) =>
        {
            int today = random.Next(CalendarNames.Days.Count);
            int ahead = random.Between(DaysAhead[level - 1].Least, DaysAhead[level - 1].Most);
            return OnDay(today, ahead, direction: 1);
        },
        AskFreely = (random, level) => OnDay(
            random.Next(CalendarNames.Days.Count),
            level switch { 1 => random.Between(1, 7), 2 => random.Between(5, 31), _ => random.Next(2) == 0 ? 10 * random.Between(3, 10) : random.Between(28, 60) },
            direction: 1),
    };

    public static TaskFamily NextDays { get; } = new()
    {
        Name = "next-days",
        Topic = Topics.Time,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "name the {1} {2} after {0}.",
                "what are the {1} {2} after {0}?",
                "write the next {1} {2} after {0}.",
                "which {1} {2} come after {0}?",
            ],
            heldOut: "list {1} {2} that follow {0}."),
        Ask = (random, level) =>
        {
            (IReadOnlyList<string> names, string kind) =
                level == 3 ? (CalendarNames.Months, "months") : (CalendarNames.Days, "days");
            int count = level switch { 1 => random.Between(2, 3), 2 => random.Between(4, 6), _ => random.Between(5, 11) };
            int start = random.Next(names.Count);
            IEnumerable<string> following = Enumerable.Range(1, count).Select(i => $"{i} {names[(start + i) % names.Count]}");
            return new Problem(string.Join(", ", following), names[start], $"{count}", kind) { Closed = true };
        },
    };

    public static TaskFamily Convert { get; } = new()
    {
        Name = "convert",
        Topic = Topics.Time,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "how many {2} are in {0} {1}?",
                "change {0} {1} to {2}.",
                "what is {0} {1} in {2}?",
                "write {0} {1} in {2}.",
            ],
            heldOut: "express {0} {1} as {2}."),
        Ask = (random, level) =>
        {
            UnitPair units = random.Pick(Units.All);
            int amount = Math.Max(2, random.Number(level));
            string result = $"{amount * units.Factor} {units.Small}";
            string working = MovesDigits(units)
                ? $"{amount}*{units.Factor}={amount * units.Factor}"
                : ProductWorking.Parts(amount, units.Factor);
            return new Problem($"{working}, so {result}", $"{amount}", units.Large, units.Small)
            {
                Closed = level == 1,
            };
        },
        AskFreely = (random, level) =>
        {
            UnitPair units = random.Pick(Units.All);
            int amount = level > 1 && MovesDigits(units) ? FreeOperands.Number(random) + 1 : random.Between(2, 12);
            int small = amount * units.Factor;
            return new Problem($"{small}/{units.Factor}={amount}, so {amount} {units.Large}", $"{small}", units.Small, units.Large);
        },
    };

    /// <summary>Held out: no member is trained on it.</summary>
    public static TaskFamily WeekdayBefore { get; } = new()
    {
        Name = "weekday-before",
        Topic = Topics.Time,
        Levels = DaysAhead.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "today is {0}. What day was it {1} days ago?",
                "what day is {1} days before {0}?",
                "which day comes {1} days before {0}?",
                "it is {0}. Name the day {1} days before.",
            ],
            heldOut: "if you go back {1} days from {0}, which day is it?"),
        Ask = (random, level) =>
        {
            int today = random.Next(CalendarNames.Days.Count);
            int ago = random.Between(DaysAhead[level - 1].Least, DaysAhead[level - 1].Most);
            return OnDay(today, ago, direction: -1);
        },
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [ClockAdd, Duration, WeekdayAfter, NextDays, Convert];

    // A factor of 10, 100 or 1000.
    private static bool MovesDigits(UnitPair units) => units.Factor % 10 == 0 && units.Factor != 60;

    private static Problem Later(ClockTime start, int hours, int minutes, string duration) =>
        new(start.WorkingPlus(hours, minutes), $"{start}", duration);

    // Whole weeks change nothing, the days that are left are counted: 15=2*7+1, 1 Tuesday, so Tuesday
    private static Problem OnDay(int today, int days, int direction)
    {
        int week = CalendarNames.Days.Count;
        string DayAt(int distance) => CalendarNames.Days[((today + direction * distance) % week + week) % week];
        int left = days % week;
        string[] steps =
        [
            .. days < week ? [] : new[] { $"{days}={days / week}*{week}+{left}" },
            .. Enumerable.Range(1, left).Select(day => $"{day} {DayAt(day)}"),
        ];
        string answer = $"{string.Join(", ", steps)}, so {DayAt(left)}";
        return new Problem(answer, CalendarNames.Days[today], $"{days}") { Closed = true };
    }
}
