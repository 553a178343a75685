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

    /// <summary>
    /// The time from here to <paramref name="end"/> written out by full hours, such as
    /// <c>9:40 to 10:00 is 20 minutes, 10:00 to 13:00 is 3 hours, 13:00 to 13:15 is 15 minutes, so 3 hours 35 minutes</c>.
    /// </summary>
    /// <param name="end">Later than this, in another hour; neither is on the full hour.</param>
    public string WorkingTo(ClockTime end)
    {
        ClockTime fullHour = new((Minutes / PerHour + 1) * PerHour);
        ClockTime lastHour = new(end.Minutes / PerHour * PerHour);
        int before = fullHour.Minutes - Minutes;
        int hours = (lastHour.Minutes - fullHour.Minutes) / PerHour;
        int after = end.Minutes - lastHour.Minutes;
        string middle = hours == 0 ? "" : $"{fullHour} to {lastHour} is {Count(hours, "hour")}, ";
        int total = end.Minutes - Minutes;
        return $"{this} to {fullHour} is {Count(before, "minute")}, {middle}{lastHour} to {end} is {Count(after, "minute")}, "
            + $"so {Count(total / PerHour, "hour")} {Count(total % PerHour, "minute")}";
    }

    private static string Count(int count, string unit) => count == 1 ? $"1 {unit}" : $"{count} {unit}s";

    /// <summary>Such as <c>9:05</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Minutes / PerHour}:{Minutes % PerHour:00}");
}
