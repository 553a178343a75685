using System.Globalization;
using System.Numerics;

namespace CascadeLocal.Templates.Text;

/// <summary>Floats as Python writes them.</summary>
internal static class FloatText
{
    /// <summary>The shortest text that reads back as the same number; exponents from 1e16 and below 1e-4.</summary>
    public static string Repr(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        (bool negative, string digits, int exponent) = Shortest(number);
        string text = exponent is < -4 or >= 16
            ? Scientific(digits, exponent, 'e')
            : Plain(digits, exponent) is var plain && plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
        return negative ? "-" + text : text;
    }

    /// <summary>%f: so many digits after the point, exactly rounded, half to even. The number is finite.</summary>
    public static string Fixed(double number, int precision)
    {
        BigInteger scaled = Scaled(Math.Abs(number), precision);
        string digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        string text = precision == 0 ? digits : $"{digits[..^precision]}.{digits[^precision..]}";
        return double.IsNegative(number) ? "-" + text : text;
    }

    /// <summary>The number rounded to so many digits after the point, or before it where they are negative, as a text to be read again.</summary>
    public static string Rounded(double number, int precision) =>
        string.Create(CultureInfo.InvariantCulture, $"{(double.IsNegative(number) ? "-" : "")}{Scaled(Math.Abs(number), precision)}E{-precision}");

    /// <summary>%e: one digit before the point, so many after it.</summary>
    public static string Exponential(double number, int precision, char e = 'e')
    {
        (string digits, int exponent) = Significant(Math.Abs(number), precision + 1);
        string text = Scientific(digits, exponent, e, keepZeros: true);
        return double.IsNegative(number) ? "-" + text : text;
    }

    /// <summary>%g: so many digits in all, no zeros at the end unless they are kept, an exponent where the number is far from 1.</summary>
    public static string General(double number, int precision, char e = 'e', bool keepZeros = false, int exponentFrom = 0)
    {
        precision = Math.Max(precision, 1);
        (string digits, int exponent) = Significant(Math.Abs(number), precision);
        if (!keepZeros)
            digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        string text = exponent < -4 || exponent >= (exponentFrom > 0 ? exponentFrom : precision)
            ? Scientific(digits, exponent, e, keepZeros)
            : Plain(digits, exponent);
        return double.IsNegative(number) ? "-" + text : text;
    }

    /// <summary>The digits without zeros at either end, and the power of ten of the first.</summary>
    private static (bool Negative, string Digits, int Exponent) Shortest(double number)
    {
        string[] parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal) is var at && at >= 0 ? at : parts[0].Length;
        string all = parts[0].Replace(".", "", StringComparison.Ordinal);
        string digits = all.TrimStart('0');
        if (digits.Length == 0)
            return (double.IsNegative(number), "0", 0);
        int exponent = point - 1 - (all.Length - digits.Length) + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        return (double.IsNegative(number), digits.TrimEnd('0'), exponent);
    }

    /// <summary>The number's exact value times a power of ten, rounded half to even.</summary>
    private static BigInteger Scaled(double number, int power)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int biased = (int)(bits >> 52) & 0x7FF;
        BigInteger numerator = (bits & 0xFFFFFFFFFFFFF) | (biased == 0 ? 0 : 1L << 52);
        int shift = Math.Max(biased, 1) - 1075;
        BigInteger denominator = BigInteger.One;
        if (shift >= 0)
            numerator <<= shift;
        else
            denominator <<= -shift;
        if (power >= 0)
            numerator *= BigInteger.Pow(10, power);
        else
            denominator *= BigInteger.Pow(10, -power);
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static (string Digits, int Exponent) Significant(double number, int count)
    {
        if (number == 0)
            return (new string('0', count), 0);
        int exponent = Shortest(number).Exponent;
        string digits = Scaled(number, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
        return digits.Length > count ? (digits[..count], exponent + 1) : (digits, exponent);
    }

    private static string Plain(string digits, int exponent) => exponent < 0
        ? $"0.{new string('0', -exponent - 1)}{digits}"
        : digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";

    private static string Scientific(string digits, int exponent, char e, bool keepZeros = false)
    {
        string rest = keepZeros ? digits[1..] : digits[1..].TrimEnd('0');
        string point = rest.Length > 0 ? "." : "";
        return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{point}{rest}{e}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
