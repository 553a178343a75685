using System.Text;

namespace CascadeLocal.Routing.Judging;

/// <summary>Text as two answers are compared: by graders, and in shadow mode.</summary>
public static class NormalizedText
{
    /// <summary>
    /// Lower case, without punctuation, with single spaces between words. What makes a number another one stays: its sign
    /// and its decimal point; thousands separators go.
    /// </summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == ',' && IsDigit(text, i - 1) && IsDigit(text, i + 1))
                continue;
            if (!IsSpace(c) || IsPartOfNumber(text, i))
                result.Append(c == '\u2212' ? '-' : char.ToLowerInvariant(c));
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }

        return result.ToString().TrimEnd();
    }

    // Symbols such as + and $ mean something, but the code quote is punctuation to everyone except Unicode.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || char.IsPunctuation(c) || c is '`' or '\u2212';

    private static bool IsPartOfNumber(string text, int i) => text[i] switch
    {
        '.' => IsDigit(text, i - 1) && IsDigit(text, i + 1),
        '-' or '\u2212' => IsDigit(text, i + 1) && (i == 0 || !char.IsLetterOrDigit(text[i - 1])),
        _ => false,
    };

    private static bool IsDigit(string text, int i) => i >= 0 && i < text.Length && char.IsAsciiDigit(text[i]);
}
