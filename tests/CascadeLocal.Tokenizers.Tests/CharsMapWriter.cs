using System.Buffers.Binary;
using System.Text;

namespace CascadeLocal.Tokenizers.Tests;

/// <summary>
/// Writes a <c>precompiled_charsmap</c>: the size of a double array in bytes, its nodes, and the replacements, each ended by a zero
/// byte. Every node has a base of its own, so a child can be told from another node's by its letter.
/// </summary>
internal sealed class CharsMapWriter
{
    private const uint LeafFlag = 1 << 8;
    private const uint ValueFlag = 1u << 31;

    private readonly List<(byte[] Key, uint Value)> _keys;
    private readonly List<uint> _nodes = [0];
    private readonly HashSet<int> _used = [0];
    private readonly HashSet<int> _bases = [];
    private int _firstBase = 1;

    private CharsMapWriter(List<(byte[] Key, uint Value)> keys) => _keys = keys;

    /// <summary>The map that replaces the keys of <paramref name="replacements"/>, of which none is empty or has a zero byte.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> replacements)
    {
        List<byte> texts = [];
        List<(byte[] Key, uint Value)> keys = [];
        foreach ((string key, string replacement) in replacements)
        {
            keys.Add((Encoding.UTF8.GetBytes(key), (uint)texts.Count));
            texts.AddRange(Encoding.UTF8.GetBytes(replacement));
            texts.Add(0);
        }

        keys.Sort(static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        CharsMapWriter writer = new(keys);
        writer.Place(0, 0, keys.Count, 0);
        byte[] map = new byte[(writer._nodes.Count + 1) * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(map, (uint)(writer._nodes.Count * sizeof(uint)));
        for (int i = 0; i < writer._nodes.Count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(map.AsSpan((i + 1) * sizeof(uint)), writer._nodes[i]);
        return [.. map, .. texts];
    }

    // The children of the node at a place, which is the way to the keys of a range.
    private void Place(int node, int from, int to, int depth)
    {
        List<(int Letter, int From, int To)> children = [];
        int next = from;
        if (_keys[from].Key.Length == depth)
            children.Add((0, from, ++next));
        while (next < to)
        {
            int first = next;
            while (next < to && _keys[next].Key[depth] == _keys[first].Key[depth])
                next++;
            children.Add((_keys[first].Key[depth], first, next));
        }

        int start = FreeBase(children);
        _bases.Add(start);
        _nodes[node] |= (uint)(node ^ start) << 10;
        foreach ((int letter, int first, _) in children)
        {
            _used.Add(start ^ letter);
            while (_nodes.Count <= (start | 0xFF))
                _nodes.Add(0);
            _nodes[start ^ letter] = letter == 0 ? _keys[first].Value | ValueFlag : (uint)letter;
            if (letter == 0)
                _nodes[node] |= LeafFlag;
        }

        foreach ((int letter, int first, int end) in children)
        {
            if (letter != 0)
                Place(start ^ letter, first, end, depth + 1);
        }
    }

    private int FreeBase(List<(int Letter, int From, int To)> children)
    {
        while (_used.Contains(_firstBase) && _bases.Contains(_firstBase))
            _firstBase++;
        int start = _firstBase;
        while (_bases.Contains(start) || children.Exists(child => _used.Contains(start ^ child.Letter)))
            start++;
        return start;
    }
}
