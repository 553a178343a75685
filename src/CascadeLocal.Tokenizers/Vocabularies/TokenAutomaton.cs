using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace CascadeLocal.Tokenizers.Vocabularies;

/// <summary>
/// Finds all places of some tokens in one pass (Aho and Corasick), however they overlap. Its state is a node: the longest end of what
/// was read that some token begins with.
/// </summary>
internal sealed class TokenAutomaton
{
    /// <summary>The state in which no token has begun.</summary>
    public const int Start = 0;

    /// <summary>No token.</summary>
    public const int None = -1;

    private readonly Dictionary<long, int> _children = [];
    private readonly List<Node> _nodes = [new(None, default)];
    private readonly SearchValues<char> _firstLetters;

    /// <param name="tokens">The tokens. One that is no text is left out: no text has it.</param>
    public TokenAutomaton(IEnumerable<(int Id, byte[] Text)> tokens)
    {
        // The longest come first, of equally long ones that of the lower id.
        (int Id, byte[] Text)[] ranked = [.. tokens.Where(token => Utf8.IsValid(token.Text)).OrderByDescending(token => token.Text.Length)];
        HashSet<char> firstLetters = [];
        for (int rank = 0; rank < ranked.Length; rank++)
        {
            string text = Encoding.UTF8.GetString(ranked[rank].Text);
            if (text.Length == 0)
                continue;
            firstLetters.Add(text[0]);
            Node last = _nodes[NodeOf(text)];
            last.Token = ranked[rank].Id;
            last.Rank = (uint)rank;
        }

        _firstLetters = SearchValues.Create([.. firstLetters]);
        Link();
    }

    /// <summary>How many characters come before the next one that some token begins with; -1 if there is none.</summary>
    public int Skip(ReadOnlySpan<char> text) => text.IndexOfAny(_firstLetters);

    /// <summary>The state after one more character.</summary>
    public int Next(int node, char letter)
    {
        while (true)
        {
            if (_children.TryGetValue(Key(node, letter), out int child))
                return child;
            if (node == Start)
                return Start;
            node = _nodes[node].Suffix;
        }
    }

    /// <summary>Characters of a node.</summary>
    public int LengthOf(int node) => _nodes[node].Length;

    /// <summary>The longest token that ends where a node ends, as its node; <see cref="None"/> if there is none.</summary>
    public int EndingWith(int node) => _nodes[node].Ending;

    /// <summary>The longest token of at most <paramref name="most"/> characters that ends where the token <paramref name="node"/> ends.</summary>
    public int Shortened(int node, int most)
    {
        while (node != None && _nodes[node].Length > most)
            node = _nodes[_nodes[node].Suffix].Ending;
        return node;
    }

    /// <summary>The id of a node that is a token.</summary>
    public int TokenOf(int node) => _nodes[node].Token;

    /// <summary>Where it stands in the order of tokens: the longest first.</summary>
    public uint RankOf(int node) => _nodes[node].Rank;

    private int NodeOf(string text)
    {
        int node = Start;
        foreach (char letter in text)
        {
            long key = Key(node, letter);
            if (!_children.TryGetValue(key, out int child))
            {
                child = _nodes.Count;
                _children.Add(key, child);
                _nodes.Add(new(node, letter));
            }

            node = child;
        }

        return node;
    }

    // A suffix is shorter than what it is one of, so shorter nodes are linked first.
    private void Link()
    {
        for (int node = 1; node < _nodes.Count; node++)
            _nodes[node].Length = _nodes[_nodes[node].Parent].Length + 1;
        foreach (int at in Enumerable.Range(1, _nodes.Count - 1).OrderBy(node => _nodes[node].Length))
        {
            Node node = _nodes[at];
            if (node.Parent != Start)
                node.Suffix = Next(_nodes[node.Parent].Suffix, node.Letter);
            node.Ending = node.Token != None ? at : _nodes[node.Suffix].Ending;
        }
    }

    private static long Key(int node, char letter) => ((long)node << 16) | letter;

    private sealed class Node(int parent, char letter)
    {
        public int Parent => parent;

        public char Letter => letter;

        public int Length { get; set; }

        public int Token { get; set; } = None;

        public uint Rank { get; set; }

        /// <summary>The longest node that this one ends with.</summary>
        public int Suffix { get; set; }

        /// <summary>The longest token that this one is or ends with.</summary>
        public int Ending { get; set; } = None;
    }
}
