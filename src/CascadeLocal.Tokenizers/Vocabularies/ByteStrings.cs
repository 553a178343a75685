using System.Text;

namespace CascadeLocal.Tokenizers.Vocabularies;

/// <summary>Compares byte strings by what they hold, and finds them by a span.</summary>
internal sealed class ByteStrings : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    private ByteStrings()
    {
    }

    public static ByteStrings Comparer { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        HashCode hash = default;
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }
}

/// <summary>Token ids by the tokens' texts, but for control tokens.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<byte[], int> _ids;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;

    public TokenTable(TokenizerVocabulary vocabulary)
    {
        _ids = new(vocabulary.Tokens.Count, ByteStrings.Comparer);
        foreach ((int id, byte[] text) in vocabulary.TextTokens())
            _ids.TryAdd(text, id);
        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The token of a text, or -1.</summary>
    public int Find(ReadOnlySpan<byte> text) => _bySpan.TryGetValue(text, out int id) ? id : -1;

    /// <summary>The token that stands for a byte; -1 if there is none.</summary>
    public int FindByte(byte value) => Find(ByteTokens.TextOf(value));
}

/// <summary>The texts of the tokens that stand for one byte: <c>&lt;0x0A&gt;</c>.</summary>
internal static class ByteTokens
{
    private static readonly byte[][] Texts = [.. Enumerable.Range(0, 256).Select(value => Encoding.ASCII.GetBytes($"<0x{value:X2}>"))];

    public static byte[] TextOf(byte value) => Texts[value];
}

/// <summary>Two numbers in one, for dictionaries.</summary>
internal static class PairKey
{
    // The hash of a long is the xor of its halves: 0 for every pair of two equal ones. So the halves are mixed, which loses nothing.
    public static long Of(int first, int second) => unchecked((long)((((ulong)(uint)first << 32) | (uint)second) * 0x9E37_79B9_7F4A_7C15));
}
