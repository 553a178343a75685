using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>Cuts runs of digits into groups of three that are counted from the right, as one writes 1 234 567.</summary>
/// <param name="isDigit">What a digit is.</param>
internal sealed class DigitGroups(Predicate<CodePoint> isDigit) : Splitter
{
    /// <summary>Whether a run is cut off from what stands before it even where its first group has three digits.</summary>
    public bool CutsBeforeFullGroup { get; init; }

    /// <summary>Whether a run is cut off from what follows.</summary>
    public bool CutsAfter { get; init; }

    public override bool Split(ReadOnlySpan<CodePoint> piece, IPieceSink next)
    {
        int start = 0;
        for (int at = 0; at < piece.Length;)
        {
            if (!isDigit(piece[at]))
            {
                at++;
                continue;
            }

            int end = at;
            while (end < piece.Length && isDigit(piece[end]))
                end++;
            if (!Cut(piece, ref start, at, end, next))
                return false;
            at = end;
        }

        return start == piece.Length || next.Take(piece[start..]);
    }

    private bool Cut(ReadOnlySpan<CodePoint> piece, ref int start, int first, int end, IPieceSink next)
    {
        int shortGroup = (end - first) % 3;
        int cut = shortGroup > 0 ? first + shortGroup : CutsBeforeFullGroup ? first : first + 3;
        for (int last = CutsAfter ? end : end - 1; cut <= last; cut += 3)
        {
            if (cut > start && !next.Take(piece[start..cut]))
                return false;
            start = cut;
        }

        return true;
    }
}
