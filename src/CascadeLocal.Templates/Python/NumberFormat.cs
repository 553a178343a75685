using System.Globalization;
using System.Numerics;
using System.Text;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>What Python's two ways to format numbers have in common.</summary>
internal static class NumberFormat
{
    /// <summary>A number that is not negative in base 16 (x, X), 8 (o) or 2 (b).</summary>
    public static string InBase(BigInteger number, char type)
    {
        string hex = number.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
        string digits = type switch
        {
            'b' => string.Concat(hex.Select(d => Convert.ToString(Convert.ToInt32(d.ToString(), 16), 2).PadLeft(4, '0'))).TrimStart('0'),
            'o' => Octal(number),
            'X' => hex.ToUpperInvariant(),
            _ => hex,
        };
        return digits.Length > 0 ? digits : "0";
    }

    /// <summary>A finite number as f, e or g, in lower or upper case, say.</summary>
    public static string Real(double number, char type, int precision, bool keepsZeros)
    {
        string text = char.ToLowerInvariant(type) switch
        {
            'f' => FloatText.Fixed(number, precision),
            'e' => FloatText.Exponential(number, precision, type),
            _ => FloatText.General(number, precision, type == 'G' ? 'E' : 'e', keepsZeros),
        };
        return keepsZeros && !text.Contains('.', StringComparison.Ordinal) ? text + "." : text;
    }

    /// <summary>Digits in groups of three (four in base 16, 8 and 2).</summary>
    public static string Grouped(string digits, char separator, int size)
    {
        int end = digits.AsSpan().IndexOfAny(".eE%") is var at && at >= 0 && size == 3 ? at : digits.Length;
        StringBuilder grouped = new();
        for (int i = 0; i < end; i++)
        {
            if (i > 0 && (end - i) % size == 0)
                grouped.Append(separator);
            grouped.Append(digits[i]);
        }

        return grouped.Append(digits, end, digits.Length - end).ToString();
    }

    public static string Plain(BigInteger number) => Numbers.ToText(BigInteger.Abs(number)).ToString(CultureInfo.InvariantCulture);

    private static string Octal(BigInteger number)
    {
        List<char> digits = [];
        for (; !number.IsZero; number >>= 3)
            digits.Add((char)('0' + (int)(number & 7)));
        digits.Reverse();
        return string.Concat(digits);
    }
}
