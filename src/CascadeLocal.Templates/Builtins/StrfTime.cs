using System.Globalization;
using System.Text;

namespace CascadeLocal.Templates.Builtins;

/// <summary>C's strftime in the C locale, for a time that knows no time zone. <c>%-d</c> leaves the zero out, as in the GNU library.</summary>
internal static class StrfTime
{
    private static readonly DateTimeFormatInfo Names = CultureInfo.InvariantCulture.DateTimeFormat;

    public static string Format(DateTimeOffset time, string format)
    {
        StringBuilder text = new();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            bool isBare = format[i + 1] == '-' && i + 2 < format.Length;
            i += isBare ? 2 : 1;
            string field = Field(time.DateTime, format[i]) ?? (isBare ? $"%-{format[i]}" : $"%{format[i]}");
            text.Append(isBare && field.TrimStart('0', ' ') is { Length: > 0 } bare ? bare : isBare && field.Length > 0 && field[0] == '0' ? "0" : field);
        }

        return text.ToString();
    }

    private static string? Field(DateTime time, char field) => field switch
    {
        'a' => Names.GetAbbreviatedDayName(time.DayOfWeek),
        'A' => Names.GetDayName(time.DayOfWeek),
        'b' or 'h' => Names.GetAbbreviatedMonthName(time.Month),
        'B' => Names.GetMonthName(time.Month),
        'c' => Format(time, "%a %b %e %H:%M:%S %Y"),
        'C' => Number(time.Year / 100, 2),
        'd' => Number(time.Day, 2),
        'D' or 'x' => Format(time, "%m/%d/%y"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'f' => Number((int)(time.Ticks % TimeSpan.TicksPerSecond / 10), 6),
        'F' => Format(time, "%Y-%m-%d"),
        'g' => Number(ISOWeek.GetYear(time) % 100, 2),
        'G' => Number(ISOWeek.GetYear(time), 1),
        'H' => Number(time.Hour, 2),
        'I' => Number((time.Hour + 11) % 12 + 1, 2),
        'j' => Number(time.DayOfYear, 3),
        'k' => time.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'l' => ((time.Hour + 11) % 12 + 1).ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'm' => Number(time.Month, 2),
        'M' => Number(time.Minute, 2),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => Format(time, "%I:%M:%S %p"),
        'R' => Format(time, "%H:%M"),
        's' => Number((long)(time - DateTime.UnixEpoch).TotalSeconds, 1),
        'S' => Number(time.Second, 2),
        't' => "\t",
        'T' or 'X' => Format(time, "%H:%M:%S"),
        'u' => Number(((int)time.DayOfWeek + 6) % 7 + 1, 1),
        'U' => Number((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'V' => Number(ISOWeek.GetWeekOfYear(time), 2),
        'w' => Number((int)time.DayOfWeek, 1),
        'W' => Number((time.DayOfYear + 6 - ((int)time.DayOfWeek + 6) % 7) / 7, 2),
        'y' => Number(time.Year % 100, 2),
        'Y' => Number(time.Year, 1),
        'z' or 'Z' => "",
        '%' => "%",
        _ => null,
    };

    private static string Format(DateTime time, string format) => Format(new DateTimeOffset(time, TimeSpan.Zero), format);

    private static string Number(long number, int digits) => number.ToString($"D{digits}", CultureInfo.InvariantCulture);
}
