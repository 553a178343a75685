using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>Takes the pieces of a text, one after the other.</summary>
internal interface IPieceSink
{
    /// <summary>Takes the next piece, never an empty one.</summary>
    /// <returns>Whether more are wanted.</returns>
    bool Take(ReadOnlySpan<CodePoint> piece);
}

/// <summary>
/// One expression of a pre-tokenizer: cuts a piece of text. It sees nothing outside the piece. The time is linear whatever the text
/// is, which is why these are no regular expressions.
/// </summary>
internal abstract class Splitter
{
    /// <summary>Hands the parts of <paramref name="piece"/> on.</summary>
    /// <returns>Whether more are wanted.</returns>
    public abstract bool Split(ReadOnlySpan<CodePoint> piece, IPieceSink next);
}

/// <summary>Cuts a piece at matches from left to right; what lies between two matches is a piece too.</summary>
internal abstract class MatchSplitter : Splitter
{
    public sealed override bool Split(ReadOnlySpan<CodePoint> piece, IPieceSink next)
    {
        int gap = 0;
        int newlineFreeUntil = 0;
        for (int at = 0; at < piece.Length;)
        {
            int length = MatchAt(piece, at, ref newlineFreeUntil);
            if (length == 0)
            {
                at++;
                continue;
            }

            if (gap < at && !next.Take(piece[gap..at]))
                return false;
            if (!next.Take(piece.Slice(at, length)))
                return false;
            at += length;
            gap = at;
        }

        return gap == piece.Length || next.Take(piece[gap..]);
    }

    /// <summary>How many code points match from <paramref name="at"/> on; 0 if none.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="at">Where to match.</param>
    /// <param name="newlineFreeUntil">
    /// Kept between calls on one piece: up to here a run of white space was looked through and has no newline.
    /// </param>
    protected abstract int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil);
}

/// <summary>Splits what it is given and hands the parts on: one link of a chain.</summary>
internal sealed class SplitterLink(Splitter splitter, IPieceSink next) : IPieceSink
{
    public bool Take(ReadOnlySpan<CodePoint> piece) => splitter.Split(piece, next);
}

/// <summary>How the expressions of the pre-tokenizers cut white space.</summary>
internal static class Blanks
{
    /// <summary>
    /// <c>\s+(?!\S)|\s+</c>: a run, but its last character where a word follows, as that one goes with the word.
    /// </summary>
    public static int MatchAt(ReadOnlySpan<CodePoint> piece, int at)
    {
        int end = RunEnd(piece, at);
        return end == piece.Length || end - at <= 1 ? end - at : end - at - 1;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: a run up to its last newline, else as <see cref="MatchAt"/>.</summary>
    public static int MatchLinesAt(ReadOnlySpan<CodePoint> piece, int at)
    {
        int end = RunEnd(piece, at);
        int line = piece[at..end].LastIndexOfNewline();
        if (line >= 0)
            return line + 1;
        return end == piece.Length || end - at <= 1 ? end - at : end - at - 1;
    }

    /// <summary>
    /// <c>\s*[\r\n]+|\s{512}(?!\S)|...|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}</c>: as <see cref="MatchLinesAt"/>, in powers of two.
    /// </summary>
    public static int MatchPowersAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        if (at >= newlineFreeUntil)
        {
            int end = RunEnd(piece, at);
            int line = piece[at..end].LastIndexOfNewline();
            if (line >= 0)
                return line + 1;
            newlineFreeUntil = end;
        }

        int length = newlineFreeUntil - at;
        int fits = newlineFreeUntil == piece.Length ? length : length - 1;
        for (int power = 512; power >= 4; power /= 2)
        {
            if (power <= fits)
                return power;
        }

        return length == 0 ? 0 : Math.Clamp(fits, 1, 2);
    }

    private static int RunEnd(ReadOnlySpan<CodePoint> piece, int at)
    {
        while (at < piece.Length && piece[at].IsSpace)
            at++;
        return at;
    }

    private static int LastIndexOfNewline(this ReadOnlySpan<CodePoint> blanks)
    {
        int at = blanks.Length - 1;
        while (at >= 0 && !blanks[at].IsNewline)
            at--;
        return at;
    }
}

/// <summary>English endings behind an apostrophe: 's, 't, 'm, 'd, 're, 've, 'll.</summary>
internal static class Contractions
{
    /// <summary>Code points of the contraction at <paramref name="at"/>; 0 if there is none.</summary>
    public static int MatchAt(ReadOnlySpan<CodePoint> piece, int at, bool ignoresCase)
    {
        if (at + 1 >= piece.Length || piece[at].Value != '\'')
            return 0;
        int first = Letter(piece[at + 1], ignoresCase);
        if (first is 's' or 't' or 'm' or 'd')
            return 2;
        if (at + 2 >= piece.Length)
            return 0;
        int second = Letter(piece[at + 2], ignoresCase);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static int Letter(CodePoint point, bool ignoresCase) =>
        ignoresCase && point.Value is >= 'A' and <= 'Z' ? point.Value | 0x20 : point.Value;
}
