using System.Text;

using CascadeLocal.Tokenizers.Splitting;
using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>
/// Which two characters stand side by side inside some token. Between two others no token ever lies, so a text may be cut there:
/// what comes out is the same, and neither time nor memory depends on how long the text is.
/// </summary>
internal sealed class JoinedPairs
{
    private readonly HashSet<long> _pairs = [];

    public JoinedPairs(IEnumerable<byte[]> tokens)
    {
        foreach (byte[] token in tokens)
        {
            int last = -1;
            foreach (Rune rune in Encoding.UTF8.GetString(token).EnumerateRunes())
            {
                if (last >= 0)
                    _pairs.Add(PairKey.Of(last, rune.Value));
                last = rune.Value;
            }
        }
    }

    public bool Contains(int first, int second) => _pairs.Contains(PairKey.Of(first, second));
}

/// <summary>Cuts pieces where no token lies.</summary>
/// <param name="pairs">Where tokens lie.</param>
internal sealed class JoinedSplitter(JoinedPairs pairs) : MatchSplitter
{
    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        int end = at + 1;
        while (end < piece.Length && pairs.Contains(piece[end - 1].Value, piece[end].Value))
            end++;
        return end - at;
    }
}
