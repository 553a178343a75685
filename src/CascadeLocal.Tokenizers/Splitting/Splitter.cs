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
