using System.Globalization;
using System.Text;
using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Syntax;

/// <summary>Python's escapes in string literals.</summary>
internal static class StringLiteral
{
    /// <summary>What a literal means, or null where an escape is cut short.</summary>
    public static string? Decode(ReadOnlySpan<char> literal)
    {
        if (!literal.Contains('\\'))
            return literal.ToString();
        StringBuilder text = new(literal.Length);
        for (int i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\' || i + 1 == literal.Length)
            {
                text.Append(literal[i]);
                continue;
            }

            char escape = literal[++i];
            int digits = escape switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= literal.Length || !IsCodePoint(literal.Slice(i + 1, digits), out int code))
                    return null;
                text.Append(CodePoints.ToText(code));
                i += digits;
            }
            else if (escape is >= '0' and <= '7')
            {
                int end = i;
                while (end < literal.Length && end < i + 3 && literal[end] is >= '0' and <= '7')
                    end++;
                text.Append((char)Convert.ToInt32(literal[i..end].ToString(), 8));
                i = end - 1;
            }
            else if (escape == 'N')
            {
                return null;
            }
            else
            {
                text.Append(Simple(escape));
            }
        }

        return text.ToString();
    }

    public static string Quote(char c) => c == '\'' ? "\"'\"" : $"'{c}'";

    private static string Simple(char escape) => escape switch
    {
        '\n' => "",
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        'a' => "\a",
        'b' => "\b",
        'f' => "\f",
        'v' => "\v",
        '\\' or '\'' or '"' => escape.ToString(),
        _ => $"\\{escape}",
    };

    private static bool IsCodePoint(ReadOnlySpan<char> digits, out int code) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code) && code is >= 0 and <= 0x10FFFF;
}
