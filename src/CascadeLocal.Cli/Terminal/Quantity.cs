using System.Globalization;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Numbers for people.</summary>
internal static class Quantity
{
    private static readonly string[] Prefixes = ["", "k", "M", "G", "T"];

    /// <summary>Three digits and a decimal prefix, such as <c>98.4 MB</c>.</summary>
    public static string Format(long value, string unit)
    {
        double scaled = value;
        int prefix = 0;
        while (scaled >= 999.5 && prefix < Prefixes.Length - 1)
        {
            scaled /= 1000;
            prefix++;
        }

        string number = scaled.ToString(prefix == 0 || scaled >= 99.95 ? "0" : "0.0", CultureInfo.InvariantCulture);
        return $"{number} {Prefixes[prefix]}{unit}".TrimEnd();
    }

    /// <summary>All digits, grouped.</summary>
    public static string Plain(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
