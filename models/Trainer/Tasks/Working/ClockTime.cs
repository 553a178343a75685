using System.Globalization;

namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A time of day on the 24-hour clock.</summary>
/// <param name="Minutes">Minutes since midnight.</param>
internal readonly record struct ClockTime(int Minutes)
{
    private const int PerHour = 60;
    private const int PerDay = 24 * PerHour;

    /// <summary>A later time, past midnight if need be.</summary>
    public ClockTime Plus(int minutes) => new((Minutes + minutes) % PerDay);

    /// <summary>The minutes past the full hour.</summary>
    public int Minute => Minutes % PerHour;

    /// <summary>
    /// A later time written out: hours first, then minutes, such as
    /// <c>9:40 + 2 hours is 11:40, 40+35=75, 75-60=15, so 12:15</c>.
    /// </summary>
    /// <param name="hours">Not negative; none are not mentioned.</param>
    /// <param name="minutes">From 0 to 59; none are not mentioned.</param>
    public string WorkingPlus(int hours, int minutes)
    {
        List<string> steps = [];
        if (hours > 0)
            steps.Add($"{this} + {Count(hours, "hour")} is {Plus(hours * PerHour)}");
        int sum = Minute + minutes;
        if (minutes > 0)
            steps.Add($"{Minute}+{minutes}={sum}");
        if (sum >= PerHour)
            steps.Add($"{sum}-{PerHour}={sum - PerHour}");
        return $"{string.Join(", ", steps)}, so {Plus(hours * PerHour + minutes)}";
    }

    /// <summary>
    /// The time from here to <paramref name="end"/> written out: which minutes are more, as many hours as fit, then the
    /// minutes, over the full hour if need be, such as <c>40>15, 9:40 to 12:40 is 3 hours, 12:40 to 13:00 is 60-40=20 minutes,
    /// 13:00 to 13:15 is 15 minutes, 20+15=35, so 3 hours 35 minutes</c> or
    /// <c>15&lt;52, 9:15 to 9:52 is 52-15=37 minutes, so 37 minutes</c>.
    /// </summary>
    /// <param name="end">Later than this.</param>
    public string WorkingTo(ClockTime end)
    {
        int hours = (end.Minutes - Minutes) / PerHour;
        int minutes = (end.Minutes - Minutes) % PerHour;
        List<string> steps = [$"{Minute}{(Minute < end.Minute ? '<' : Minute > end.Minute ? '>' : '=')}{end.Minute}"];
        ClockTime last = Plus(hours * PerHour);
        if (hours > 0)
            steps.Add($"{this} to {last} is {Count(hours, "hour")}");
        if (minutes == 0)
            return $"{string.Join(", ", steps)}, so {Count(hours, "hour")}";
        if (end.Minute > Minute)
        {
            steps.Add($"{last} to {end} is {end.Minute}-{Minute}={Count(minutes, "minute")}");
        }
        else
        {
            ClockTime fullHour = end.Plus(-end.Minute);
            int before = PerHour - Minute;
            steps.Add($"{last} to {fullHour} is {PerHour}-{Minute}={Count(before, "minute")}");
            if (end.Minute > 0)
            {
                steps.Add($"{fullHour} to {end} is {Count(end.Minute, "minute")}");
                steps.Add($"{before}+{end.Minute}={minutes}");
            }
        }
        string total = hours > 0 ? $"{Count(hours, "hour")} {Count(minutes, "minute")}" : Count(minutes, "minute");
        return $"{string.Join(", ", steps)}, so {total}";
    }

    /// <summary>Such as <c>1 hour</c>, <c>2 hours</c>.</summary>
    public static string Count(int count, string unit) => count == 1 ? $"1 {unit}" : $"{count} {unit}s";

    /// <summary>Such as <c>9:05</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Minutes / PerHour}:{Minutes % PerHour:00}");
}
