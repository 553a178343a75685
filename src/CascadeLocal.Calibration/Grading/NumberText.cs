using System.Globalization;
using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Numbers in text.</summary>
internal static partial class NumberText
{
    /// <summary>The first number at or behind a position, or null.</summary>
    public static Match? First(string text, int start) => Pattern().Match(text, start) is { Success: true } match ? match : null;

    /// <summary>The last number, or null.</summary>
    public static Match? Last(string text) => Pattern().Matches(text).LastOrDefault();

    /// <summary>Whether two numbers are equal in value: 1,000.50 is 1000.5.</summary>
    public static bool AreEqual(string a, string b)
    {
        (string plainA, string plainB) = (Plain(a), Plain(b));
        // Decimals are exact, but end at 28 digits.
        if (TryDecimal(plainA, out decimal exactA) && TryDecimal(plainB, out decimal exactB))
            return exactA == exactB;
        return double.Parse(plainA, NumberStyles.Float, CultureInfo.InvariantCulture)
            .Equals(double.Parse(plainB, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    // A minus sign behind a digit or a letter is a dash: 3-5, GPT-4. A separator stands before groups of exactly three.
    [GeneratedRegex(
        @"(?:(?<![\w)])[-\u2212+])?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|(?:(?<![\w)])[-\u2212+])?(?<!\w)\.[0-9]+",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    private static string Plain(string number) => number.Replace(",", "", StringComparison.Ordinal).Replace('\u2212', '-');

    private static bool TryDecimal(string number, out decimal value) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
