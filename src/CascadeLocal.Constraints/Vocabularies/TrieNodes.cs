namespace CascadeLocal.Constraints.Vocabularies;

/// <summary>
/// Tokens as a trie in flat arrays, in the order of a walk that goes down first: the node behind a node is its first child, or where
/// its subtree ends.
/// </summary>
internal sealed class TrieNodes
{
    /// <summary>Makes the trie of tokens that are sorted by their bytes.</summary>
    public TrieNodes(int[] tokens, Func<int, ReadOnlyMemory<byte>> pieceOf)
    {
        List<byte> bytes = [];
        List<int> skips = [];
        List<int> firstTokens = [];
        List<ushort> depths = [];
        List<ushort> groups = [];
        Tokens = tokens;
        List<int> path = [];
        List<Utf8Place> places = [default];
        ReadOnlySpan<byte> before = [];
        for (int index = 0; index < tokens.Length; index++)
        {
            ReadOnlySpan<byte> piece = pieceOf(tokens[index]).Span;
            int common = before.CommonPrefixLength(piece);
            Close(common);
            for (int depth = common; depth < piece.Length; depth++)
            {
                path.Add(bytes.Count);
                Utf8Place place = places[depth].Then(piece[depth]);
                places.Add(place);
                bytes.Add(piece[depth]);
                skips.Add(0);
                firstTokens.Add(index);
                depths.Add((ushort)depth);
                groups.Add(0);
            }

            if (places[^1].Missing > 0)
                groups[path[^1]] |= TextGroups.Broken;
            before = piece;
        }

        Close(0);
        (Bytes, Skips, Depths, Groups) = ([.. bytes], [.. skips], [.. depths], [.. groups]);
        firstTokens.Add(tokens.Length);
        FirstTokens = [.. firstTokens];
        Depth = tokens.Length == 0 ? 0 : Depths.Max() + 1;

        void Close(int depth)
        {
            while (path.Count > depth)
            {
                int node = path[^1];
                skips[node] = bytes.Count;
                if (path.Count > 1)
                    groups[path[^2]] |= (ushort)((groups[node] & ~TextGroups.Inside) | places[^1].Group);
                if (places[^1].Missing > 0)
                    groups[node] |= TextGroups.Inside;
                path.RemoveAt(path.Count - 1);
                places.RemoveAt(places.Count - 1);
            }
        }
    }

    /// <summary>The byte of each node.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where the subtree of each node ends.</summary>
    public int[] Skips { get; }

    /// <summary>How many bytes there are before that of a node.</summary>
    public ushort[] Depths { get; }

    /// <summary>The groups of the characters behind a node, as bits of <see cref="TextGroups"/>.</summary>
    public ushort[] Groups { get; }

    /// <summary>
    /// Where in <see cref="Tokens"/> those of a node's subtree begin: its own come first, up to the first of the next node. One more
    /// than nodes.
    /// </summary>
    public int[] FirstTokens { get; }

    /// <summary>The tokens, sorted by their bytes.</summary>
    public int[] Tokens { get; }

    /// <summary>The most bytes of a token.</summary>
    public int Depth { get; }

    /// <summary>Where in a character a node is.</summary>
    /// <param name="Missing">How many of its bytes are still to come.</param>
    /// <param name="First">The least that the next one may be.</param>
    /// <param name="Last">The most.</param>
    /// <param name="Group">What this byte adds to the groups of the node before.</param>
    private readonly record struct Utf8Place(int Missing, byte First, byte Last, int Group)
    {
        public Utf8Place Then(byte value)
        {
            if (Missing > 0 && value >= First && value <= Last)
                return new(Missing - 1, 0x80, 0xBF, 0);
            (int more, byte first, byte last) = TextGroups.Lead(value);
            int broken = Missing > 0 ? TextGroups.Broken : 0;
            return more switch
            {
                < 0 => new(0, 0, 0, TextGroups.Broken),
                0 => new(0, 0, 0, TextGroups.Narrow[value] | broken),
                _ => new(more, first, last, TextGroups.Wide | broken),
            };
        }
    }
}
