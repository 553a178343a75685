using System.Globalization;
using System.Numerics;
using System.Text;

namespace CascadeLocal.Templates.Text;

/// <summary>Texts as Python's int() and float() read them.</summary>
internal static class NumberText
{
    /// <summary>Python prints and reads no longer integers.</summary>
    public const int MaxDigits = 4300;

    /// <summary>The integer, or null where the text is none in that base; base 0 reads a prefix.</summary>
    public static BigInteger? ParseInteger(string text, int radix)
    {
        string digits = Digits(text);
        bool isNegative = digits.StartsWith('-');
        if (isNegative || digits.StartsWith('+'))
            digits = digits[1..];
        int prefix = digits.Length > 1 && digits[0] == '0'
            ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 }
            : 0;
        if (prefix != 0 && (radix == prefix || radix == 0))
            (digits, radix) = (digits[2..].StartsWith('_') ? digits[3..] : digits[2..], prefix);
        else if (radix == 0)
            radix = digits.Length > 1 && digits[0] == '0' && digits.Any(c => c is not ('0' or '_')) ? 1 : 10;
        if (radix is < 2 or > 36 || WithoutUnderscores(digits) is not { Length: > 0 and <= MaxDigits } plain)
            return null;
        BigInteger number = 0;
        if (radix == 10 && plain.All(char.IsAsciiDigit))
        {
            number = BigInteger.Parse(plain, CultureInfo.InvariantCulture);
        }
        else
        {
            foreach (char c in plain)
            {
                int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : 99;
                if (digit >= radix)
                    return null;
                number = number * radix + digit;
            }
        }

        return isNegative ? -number : number;
    }

    /// <summary>The float, or null where the text is none.</summary>
    public static double? ParseFloat(string text)
    {
        string digits = Digits(text);
        string word = digits.TrimStart('+', '-').ToLowerInvariant();
        if (digits.Length - word.Length <= 1 && word is "inf" or "infinity" or "nan")
            return word == "nan" ? double.NaN : digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return WithoutUnderscores(digits) is { } plain && plain.All(c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-')
            && double.TryParse(plain, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;
    }

    /// <summary>Without blanks around it, digits of all scripts as ASCII.</summary>
    private static string Digits(string text)
    {
        StringBuilder digits = new(text.Length);
        foreach (int c in CodePoints.Of(text[PythonText.Strip(text)]))
            _ = c > 0x7F && CharacterClass.IsDecimal(c)
                ? digits.Append(CharUnicodeInfo.GetDecimalDigitValue(CodePoints.ToText(c), 0))
                : digits.Append(CodePoints.ToText(c));
        return digits.ToString();
    }

    /// <summary>Underscores may stand between digits only; null where one does not.</summary>
    private static string? WithoutUnderscores(string digits)
    {
        for (int i = digits.IndexOf('_', StringComparison.Ordinal); i >= 0; i = digits.IndexOf('_', i + 1))
            if (i == 0 || i == digits.Length - 1 || !char.IsAsciiLetterOrDigit(digits[i - 1]) || !char.IsAsciiLetterOrDigit(digits[i + 1]))
                return null;
        return digits.Replace("_", "", StringComparison.Ordinal);
    }
}
