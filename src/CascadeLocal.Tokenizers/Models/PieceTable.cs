using System.Text;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>
/// Everything that byte-pair merging can make: the tokens under their ids, and behind them what merges and bytes need besides.
/// </summary>
internal sealed class PieceTable
{
    private readonly int _tokens;
    private readonly Dictionary<byte[], int> _ids;
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly Dictionary<long, (uint Rank, int Piece)> _merges;
    private int _next;

    public PieceTable(TokenizerVocabulary vocabulary)
    {
        _tokens = vocabulary.Tokens.Count;
        _ids = new(_tokens, ByteStrings.Comparer);
        _bySpan = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach ((int id, byte[] text) in vocabulary.TextTokens())
            _ids.TryAdd(text, id);
        _next = _tokens;
        for (int value = 0; value < 256; value++)
            IdOf(ByteAlphabet.LetterOf((byte)value));

        IReadOnlyList<byte[]> merges = vocabulary.Merges;
        _merges = new(merges.Count);
        byte[] joined = new byte[256];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> merge = merges[rank];
            // The first space that is not the left part itself.
            int space = merge.Length < 2 ? -1 : merge[1..].IndexOf((byte)' ') + 1;
            if (space <= 0)
                continue;
            ReadOnlySpan<byte> left = merge[..space];
            ReadOnlySpan<byte> right = merge[(space + 1)..];
            if (merge.Length > joined.Length)
                joined = new byte[merge.Length];
            left.CopyTo(joined);
            right.CopyTo(joined.AsSpan(left.Length));
            _merges.TryAdd(PairKey.Of(IdOf(left), IdOf(right)), ((uint)rank, IdOf(joined.AsSpan(0, merge.Length - 1))));
        }
    }

    /// <summary>The texts of all pieces.</summary>
    public IEnumerable<byte[]> Texts => _ids.Keys;

    /// <summary>The piece of a text, or -1.</summary>
    public int Find(ReadOnlySpan<byte> text) => _bySpan.TryGetValue(text, out int id) ? id : -1;

    /// <summary>The token that stands for a byte; -1 if there is none.</summary>
    public int FindByte(byte value) => Find(ByteTokens.TextOf(value));

    /// <summary>Whether a piece is a token, and so its id.</summary>
    public bool IsToken(int piece) => (uint)piece < (uint)_tokens;

    public bool TryMerge(int left, int right, out uint rank, out int piece)
    {
        bool merges = _merges.TryGetValue(PairKey.Of(left, right), out (uint Rank, int Piece) merge);
        (rank, piece) = merge;
        return merges && left >= 0 && right >= 0;
    }

    private int IdOf(ReadOnlySpan<byte> text)
    {
        if (_bySpan.TryGetValue(text, out int id))
            return id;
        _bySpan[text] = _next;
        return _next++;
    }
}

/// <summary>The printable letters in which GPT-2 writes bytes.</summary>
internal static class ByteAlphabet
{
    /// <summary>A byte's letter in UTF-8.</summary>
    public static byte[] LetterOf(byte value)
    {
        int letter = value;
        if (!IsPrintable(value))
            letter = 256 + Enumerable.Range(0, value).Count(other => !IsPrintable((byte)other));
        return Encoding.UTF8.GetBytes(((char)letter).ToString());
    }

    private static bool IsPrintable(byte value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
