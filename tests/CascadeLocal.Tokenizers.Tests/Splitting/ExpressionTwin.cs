using System.Text;
using System.Text.RegularExpressions;

using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Tests.Splitting;

/// <summary>
/// The slow and obvious twin of the splitters: the expressions themselves, over a text in which every character beyond ASCII is one
/// letter that stands for its category, as llama.cpp runs them.
/// </summary>
internal static class ExpressionTwin
{
    // White space, letters, numbers, punctuation, marks, symbols and the rest.
    private const string Stands = "\u000B\u00D2\u00D1\u00D3\u00D4\u00D5\u00D0";

    /// <summary>The lengths of the pieces, in code points.</summary>
    public static int[] Split(string text, params string[] expressions)
    {
        StringBuilder collapsed = new();
        foreach (Rune rune in text.EnumerateRunes())
            collapsed.Append(rune.Value < 128 ? (char)rune.Value : Stand(CodePoint.Of(rune.Value)));
        List<string> pieces = [collapsed.ToString()];
        foreach (string expression in expressions)
        {
            Regex regex = new(Collapsed(expression), RegexOptions.ECMAScript);
            pieces = [.. pieces.SelectMany(piece => Pieces(piece, regex))];
        }

        return [.. pieces.Where(piece => piece.Length > 0).Select(piece => piece.Length)];
    }

    private static IEnumerable<string> Pieces(string text, Regex regex)
    {
        int start = 0;
        for (Match match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            if (match.Index > start)
                yield return text[start..match.Index];
            yield return match.Value;
            start = match.Index + match.Length;
        }

        yield return text[start..];
    }

    private static string Collapsed(string expression)
    {
        StringBuilder result = new();
        bool isInside = false;
        for (int at = 0; at < expression.Length; at++)
        {
            char letter = expression[at];
            if (letter == '\\' && expression[at + 1] == 'p')
            {
                int end = expression.IndexOf('}', at);
                string set = Set(expression[(at + 3)..end]);
                result.Append(isInside ? set : $"[{set}]");
                at = end;
                continue;
            }

            if (letter == '\\')
            {
                result.Append(letter).Append(expression[++at]);
                continue;
            }

            isInside = letter == '[' || (isInside && letter != ']');
            result.Append(letter);
        }

        return result.ToString();
    }

    private static string Set(string category) => category[0] switch
    {
        'L' => "\u00D2A-Za-z",
        'N' => "\u00D10-9",
        'P' => "\u00D3!-#%-*,-/:;?@\\[-\\]_{}",
        'S' => "\u00D5$+<->^`|",
        _ => "\u00D4",
    };

    private static char Stand(CodePoint point) => point.IsSpace ? Stands[0] : point.Category switch
    {
        CharacterCategory.Letter => Stands[1],
        CharacterCategory.Number => Stands[2],
        CharacterCategory.Punctuation => Stands[3],
        CharacterCategory.Mark => Stands[4],
        CharacterCategory.Symbol => Stands[5],
        _ => Stands[6],
    };
}
