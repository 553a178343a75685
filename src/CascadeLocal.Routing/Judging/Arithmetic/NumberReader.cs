using System.Globalization;

namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>Reads numbers as people write them: 1,234.50, .5, 40%.</summary>
internal static class NumberReader
{
    /// <summary>More digits than a double tells apart; what follows is skipped.</summary>
    private const int MaximumDigits = 40;

    /// <summary>Whether a number begins here: a digit, or a point with a digit after it.</summary>
    public static bool BeginsAt(ReadOnlySpan<char> text, int at) =>
        char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]));

    /// <summary>Reads the number that begins here, with its percent sign.</summary>
    public static Token Read(ReadOnlySpan<char> text, int start)
    {
        Span<char> digits = stackalloc char[MaximumDigits];
        int length = 0;
        int decimals = 0;
        bool afterPoint = false;
        int at = start;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (char.IsAsciiDigit(c))
            {
                if (afterPoint)
                    decimals++;
            }
            else if (c == '.' && !afterPoint && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))
            {
                afterPoint = true;
            }
            else if (c == ',' && !afterPoint && at > start && IsGroup(text[(at + 1)..]))
            {
                continue;
            }
            else
            {
                break;
            }

            if (length < MaximumDigits)
                digits[length++] = c;
        }

        double value = double.Parse(digits[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        (bool isPercent, int end) = Percent(text, at);
        return new(TokenKind.Number, start, end, value, decimals, isPercent);
    }

    /// <summary>Whether exactly three digits follow: a comma before them groups.</summary>
    private static bool IsGroup(ReadOnlySpan<char> text) =>
        text.Length >= 3
        && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[2])
        && (text.Length == 3 || !char.IsAsciiDigit(text[3]));

    private static (bool IsPercent, int End) Percent(ReadOnlySpan<char> text, int at)
    {
        int sign = at;
        while (sign < text.Length && sign < at + 2 && text[sign] is ' ' or '\\')
            sign++;
        if (sign < text.Length && text[sign] == '%')
            return (true, sign + 1);
        return sign < text.Length && text[sign..].StartsWith("percent", StringComparison.OrdinalIgnoreCase)
            ? (true, sign + "percent".Length)
            : (false, at);
    }
}
