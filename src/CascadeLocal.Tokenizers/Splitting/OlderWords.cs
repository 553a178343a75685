using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>
/// GPT-2's expression: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>
/// </summary>
internal sealed class Gpt2Words : MatchSplitter
{
    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        if (Contractions.MatchAt(piece, at, ignoresCase: false) is > 0 and int contraction)
            return contraction;
        int first = piece[at].Value == ' ' && at + 1 < piece.Length ? at + 1 : at;
        if (piece[first].IsSpace)
            return Blanks.MatchAt(piece, at);
        int kind = Kind(piece[first]);
        int end = first + 1;
        while (end < piece.Length && !piece[end].IsSpace && Kind(piece[end]) == kind)
            end++;
        return end - at;
    }

    private static int Kind(CodePoint point) => point.IsLetter ? 0 : point.IsNumber ? 1 : 2;
}

/// <summary>
/// DeepSeek-V3's words:
/// <c>[!-~ without letters and digits][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// Digits and what has no category match none of it.
/// </summary>
internal sealed class DeepSeekWords : MatchSplitter
{
    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        CodePoint first = piece[at];
        if (IsAsciiMark(first) && at + 1 < piece.Length && piece[at + 1].IsAsciiLetter)
        {
            int end = at + 1;
            while (end < piece.Length && piece[end].IsAsciiLetter)
                end++;
            return end - at;
        }

        bool mayLead = !first.IsNewline && !first.IsLetter && !IsSymbol(first);
        int word = mayLead && at + 1 < piece.Length && IsLetter(piece[at + 1]) ? at + 1 : at;
        if (IsLetter(piece[word]))
        {
            while (word < piece.Length && IsLetter(piece[word]))
                word++;
            return word - at;
        }

        int symbol = first.Value == ' ' && at + 1 < piece.Length ? at + 1 : at;
        if (IsSymbol(piece[symbol]))
        {
            while (symbol < piece.Length && IsSymbol(piece[symbol]))
                symbol++;
            while (symbol < piece.Length && piece[symbol].IsNewline)
                symbol++;
            return symbol - at;
        }

        return first.IsSpace ? Blanks.MatchLinesAt(piece, at) : 0;
    }

    private static bool IsLetter(CodePoint point) => point.IsLetter || point.IsMark;

    private static bool IsSymbol(CodePoint point) => point.IsPunctuation || point.IsSymbol;

    private static bool IsAsciiMark(CodePoint point) => point.Value is > ' ' and <= '~' && !point.IsAsciiLetter && !point.IsAsciiDigit;
}

/// <summary>Kimi-K2's words: Han characters by themselves, contractions with the word before; marks are symbols.</summary>
internal sealed class KimiWords : MatchSplitter
{
    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        int end = at;
        while (end < piece.Length && Scripts.IsHan(piece[end]))
            end++;
        if (end > at)
            return end - at;

        bool hasLead = !piece[at].IsNewline && !piece[at].IsLetter && !piece[at].IsNumber;
        end = hasLead ? at + 1 : at;
        if (end < piece.Length && IsLetter(piece[end]))
        {
            while (end < piece.Length && IsLetter(piece[end]))
                end++;
            return end + Contractions.MatchAt(piece, end, ignoresCase: true) - at;
        }

        end = at;
        while (end < piece.Length && end - at < 3 && piece[end].IsNumber)
            end++;
        if (end > at)
            return end - at;

        int symbol = piece[at].Value == ' ' && at + 1 < piece.Length ? at + 1 : at;
        if (!IsWordOrSpace(piece[symbol]))
        {
            while (symbol < piece.Length && !IsWordOrSpace(piece[symbol]))
                symbol++;
            while (symbol < piece.Length && piece[symbol].IsNewline)
                symbol++;
            return symbol - at;
        }

        return piece[at].IsSpace ? Blanks.MatchLinesAt(piece, at) : 1;
    }

    private static bool IsLetter(CodePoint point) => point.IsLetter && !Scripts.IsHan(point);

    private static bool IsWordOrSpace(CodePoint point) => point.IsSpace || point.IsLetter || point.IsNumber;
}

/// <summary>Chameleon's image tokens, and its way with white space.</summary>
internal sealed class ChameleonMarks : MatchSplitter
{
    /// <summary><c>&lt;sentinel:[0-9]+&gt;</c>, <c>IMGIMG[A-I]{1,4}Z</c>, then <c>[\t\n]|    |  </c>; each is a pass of its own.</summary>
    public required ChameleonMark Mark { get; init; }

    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        ReadOnlySpan<CodePoint> rest = piece[at..];
        switch (Mark)
        {
            case ChameleonMark.Sentinel:
                const string Opening = "<sentinel:";
                int digits = StartsWith(rest, Opening) ? Opening.Length : 0;
                int end = digits;
                while (end > 0 && end < rest.Length && rest[end].IsAsciiDigit)
                    end++;
                return end > digits && end < rest.Length && rest[end].Value == '>' ? end + 1 : 0;
            case ChameleonMark.Image:
                const string Image = "IMGIMG";
                if (!StartsWith(rest, Image))
                    return 0;
                int letters = Image.Length;
                while (letters < rest.Length && letters < Image.Length + 4 && rest[letters].Value is >= 'A' and <= 'I')
                    letters++;
                return letters > Image.Length && letters < rest.Length && rest[letters].Value == 'Z' ? letters + 1 : 0;
            default:
                if (rest[0].Value is '\t' or '\n')
                    return 1;
                return StartsWith(rest, "    ") ? 4 : StartsWith(rest, "  ") ? 2 : 0;
        }
    }

    private static bool StartsWith(ReadOnlySpan<CodePoint> text, string start)
    {
        if (text.Length < start.Length)
            return false;
        for (int i = 0; i < start.Length; i++)
        {
            if (text[i].Value != start[i])
                return false;
        }

        return true;
    }
}

/// <summary>Which of Chameleon's marks.</summary>
internal enum ChameleonMark
{
    Sentinel,
    Image,
    Blanks,
}
