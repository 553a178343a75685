using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>What may stand before a run and then belongs to it.</summary>
internal enum RunLead
{
    None,

    /// <summary>One space.</summary>
    Space,

    /// <summary>One character of white space.</summary>
    AnySpace,
}

/// <summary>Matches runs of one kind of character: <c>\p{N}{1,3}</c>, <c>\s?\p{L}+</c>, <c>[^\n]+|[\n]+</c>.</summary>
internal sealed class Runs : MatchSplitter
{
    private readonly Predicate<CodePoint>[] _kinds;

    /// <param name="kinds">The kinds; a run is of one of them, the first that its first character is of.</param>
    public Runs(params Predicate<CodePoint>[] kinds) => _kinds = kinds;

    /// <summary>Code points of the shortest run.</summary>
    public int Least { get; init; } = 1;

    /// <summary>Code points of the longest run; a longer one is cut.</summary>
    public int Most { get; init; } = int.MaxValue;

    public RunLead Lead { get; init; }

    protected override int MatchAt(ReadOnlySpan<CodePoint> piece, int at, ref int newlineFreeUntil)
    {
        bool isLead = Lead switch
        {
            RunLead.Space => piece[at].Value == ' ',
            RunLead.AnySpace => piece[at].IsSpace,
            _ => false,
        };
        if (isLead && at + 1 < piece.Length && RunAt(piece[(at + 1)..]) is > 0 and int run)
            return run + 1;
        return RunAt(piece[at..]);
    }

    private int RunAt(ReadOnlySpan<CodePoint> text)
    {
        foreach (Predicate<CodePoint> kind in _kinds)
        {
            int most = Math.Min(Most, text.Length);
            int length = 0;
            while (length < most && kind(text[length]))
                length++;
            if (length >= Least)
                return length;
        }

        return 0;
    }
}

/// <summary>Matches the white space at the very end of a piece.</summary>
internal sealed class TrailingSpace : Splitter
{
    public override bool Split(ReadOnlySpan<CodePoint> piece, IPieceSink next)
    {
        int end = piece.Length;
        while (end > 0 && piece[end - 1].IsSpace)
            end--;
        return (end == 0 || next.Take(piece[..end])) && (end == piece.Length || next.Take(piece[end..]));
    }
}
