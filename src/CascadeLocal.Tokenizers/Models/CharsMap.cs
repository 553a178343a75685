using System.Buffers.Binary;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c>: which characters are written in which other ones. It begins with the bytes of a
/// double array, XOR-compressed (Kanda 2018); what its leaves point to are texts that end with a zero byte.
/// </summary>
internal sealed class CharsMap
{
    private readonly uint[] _nodes;
    private readonly byte[] _texts;

    /// <exception cref="TokenizerException">It is no such map.</exception>
    public CharsMap(ReadOnlySpan<byte> map)
    {
        if (map.IsEmpty)
        {
            _nodes = [];
            _texts = [];
            return;
        }

        uint size = map.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size >= map.Length - sizeof(uint))
            throw new TokenizerException("The precompiled charsmap of the vocabulary is cut short.");
        _nodes = new uint[size / sizeof(uint)];
        for (int i = 0; i < _nodes.Length; i++)
            _nodes[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[((i + 1) * sizeof(uint))..]);
        _texts = map[(int)(size + sizeof(uint))..].ToArray();
        if (_texts[^1] != 0)
            throw new TokenizerException("The precompiled charsmap of the vocabulary ends within a text.");
    }

    /// <summary>What the longest mapped start of <paramref name="text"/> becomes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">What it becomes.</param>
    /// <returns>Bytes of that start; 0 if none is mapped.</returns>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        int length = 0;
        uint found = 0;
        if (_nodes.Length > 0)
        {
            uint at = Base(_nodes[0]);
            for (int i = 0; i < text.Length && text[i] != 0; i++)
            {
                at ^= text[i];
                if (at >= _nodes.Length || (_nodes[at] & 0x8000_00FF) != text[i])
                    break;
                uint node = _nodes[at];
                at ^= Base(node);
                if (at >= _nodes.Length)
                    break;
                if ((node & (1 << 8)) != 0)
                {
                    length = i + 1;
                    found = _nodes[at] & 0x7FFF_FFFF;
                }
            }
        }

        replacement = [];
        if (length == 0 || found >= _texts.Length)
            return 0;
        replacement = _texts.AsSpan((int)found);
        replacement = replacement[..replacement.IndexOf((byte)0)];
        return length;
    }

    private static uint Base(uint node) => (node >> 10) << (int)((node & (1 << 9)) >> 6);
}
