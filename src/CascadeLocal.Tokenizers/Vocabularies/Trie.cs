namespace CascadeLocal.Tokenizers.Vocabularies;

/// <summary>
/// Finds the tokens that a text begins with, byte by byte. The nodes stand level by level, so that the children of one stand side by
/// side, in the order of their letters, and behind the last one begin those of the next node.
/// </summary>
internal sealed class Trie
{
    /// <summary>Where every search begins.</summary>
    public const int Root = 0;

    /// <summary>No token goes on this way.</summary>
    public const int None = -1;

    private readonly Node[] _nodes;
    private readonly int[] _fromRoot = new int[256];

    public Trie(IEnumerable<(int Id, byte[] Text)> tokens)
    {
        (int Id, byte[] Text)[] sorted = [.. tokens];
        Array.Sort(sorted, static (left, right) =>
            left.Text.AsSpan().SequenceCompareTo(right.Text) is not 0 and int order ? order : left.Id.CompareTo(right.Id));
        List<Node> nodes = [];
        // The tokens that go through a node, as a range, and how many of their bytes lead to it.
        List<(int From, int To, int Depth)> through = [(0, sorted.Length, 0)];
        for (int node = 0; node < through.Count; node++)
        {
            (int from, int to, int depth) = through[node];
            byte letter = node == Root ? (byte)0 : sorted[from].Text[depth - 1];
            int value = None;
            for (; from < to && sorted[from].Text.Length == depth; from++)
                value = sorted[from].Id;
            nodes.Add(new(through.Count, value, letter));
            while (from < to)
            {
                int first = from;
                while (from < to && sorted[from].Text[depth] == sorted[first].Text[depth])
                    from++;
                through.Add((first, from, depth + 1));
            }
        }

        nodes.Add(new(through.Count, None, 0));
        _nodes = [.. nodes];
        Array.Fill(_fromRoot, None);
        for (int child = _nodes[Root].Children; child < _nodes[Root + 1].Children; child++)
            _fromRoot[_nodes[child].Letter] = child;
    }

    /// <summary>The node reached from <paramref name="node"/> by a byte, or <see cref="None"/>.</summary>
    public int Next(int node, byte letter)
    {
        if (node == Root)
            return _fromRoot[letter];
        int low = _nodes[node].Children;
        int high = _nodes[node + 1].Children;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            byte at = _nodes[middle].Letter;
            if (at == letter)
                return middle;
            if (at < letter)
                low = middle + 1;
            else
                high = middle;
        }

        return None;
    }

    /// <summary>The token that ends at a node, or -1.</summary>
    public int ValueAt(int node) => _nodes[node].Value;

    /// <summary>The longest token at the start of <paramref name="text"/>.</summary>
    /// <returns>Its bytes, 0 if there is none, and its id.</returns>
    public (int Length, int Id) Longest(ReadOnlySpan<byte> text)
    {
        (int Length, int Id) found = (0, -1);
        int node = Root;
        for (int at = 0; at < text.Length; at++)
        {
            node = Next(node, text[at]);
            if (node == None)
                break;
            if (ValueAt(node) >= 0)
                found = (at + 1, ValueAt(node));
        }

        return found;
    }

    private readonly record struct Node(int Children, int Value, byte Letter);
}
