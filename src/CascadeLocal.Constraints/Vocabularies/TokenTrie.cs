using System.Buffers.Binary;
using System.Text;

namespace CascadeLocal.Constraints.Vocabularies;

/// <summary>The bytes of a token.</summary>
/// <param name="token">Its id.</param>
public delegate ReadOnlySpan<byte> TokenPiece(int token);

/// <summary>
/// A model's vocabulary as constraints walk over it: a trie of the tokens' bytes. Built once for a model. Immutable and thread-safe.
/// </summary>
public sealed class TokenTrie
{
    /// <summary>Up to how many characters plain tokens are told apart by their length.</summary>
    internal const int PlainCharacters = 16;

    private readonly ulong[][] _plain;

    /// <summary>Builds the trie of a vocabulary.</summary>
    /// <param name="count">How many tokens there are; ids run from 0.</param>
    /// <param name="pieceOf">
    /// The bytes of a token. One without bytes is never allowed, so that is what to give for control tokens and tokens that are not used.
    /// </param>
    /// <param name="endTokens">Those that end an answer; they are allowed where the text may end, and nowhere else.</param>
    public TokenTrie(int count, TokenPiece pieceOf, IEnumerable<int> endTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(pieceOf);
        Count = count;
        Ends = new ulong[Words];
        foreach (int token in endTokens)
            Ends[token >> 6] |= 1UL << token;

        int[] starts = new int[count + 1];
        using MemoryStream bytes = new(count * 8);
        for (int token = 0; token < count; token++)
        {
            ReadOnlySpan<byte> piece = IsEnd(token) ? [] : pieceOf(token);
            if (piece.Length > ushort.MaxValue)
                throw new ArgumentException($"Token {token} has {piece.Length} bytes.", nameof(pieceOf));
            bytes.Write(piece);
            starts[token + 1] = (int)bytes.Length;
        }

        byte[] all = bytes.ToArray();
        ReadOnlyMemory<byte> PieceOf(int token) => all.AsMemory(starts[token]..starts[token + 1]);
        int[] sorted = Sorted(count, PieceOf);
        _plain = [.. Enumerable.Range(0, PlainCharacters + 1).Select(_ => new ulong[Words])];
        List<int> rest = [];
        foreach (int token in sorted)
        {
            int characters = PlainLength(PieceOf(token).Span);
            if (characters is < 0 or > PlainCharacters)
                rest.Add(token);
            else
                _plain[characters][token >> 6] |= 1UL << token;
        }

        for (int characters = 1; characters <= PlainCharacters; characters++)
        {
            for (int word = 0; word < Words; word++)
                _plain[characters][word] |= _plain[characters - 1][word];
        }

        Pieces = PieceOf;
        All = new(sorted, PieceOf);
        Rest = new([.. rest], PieceOf);
    }

    /// <summary>How many tokens there are.</summary>
    public int Count { get; }

    /// <summary>How many words a set of tokens takes, 64 tokens each.</summary>
    public int Words => (Count + 63) >> 6;

    /// <summary>Those that end an answer, a bit each.</summary>
    internal ulong[] Ends { get; }

    /// <summary>The bytes of a token; none of an end token.</summary>
    internal Func<int, ReadOnlyMemory<byte>> Pieces { get; }

    /// <summary>All tokens that have bytes.</summary>
    internal TrieNodes All { get; }

    /// <summary>Those that are in no set of <see cref="Plain"/>.</summary>
    internal TrieNodes Rest { get; }

    /// <summary>Whether a token ends an answer.</summary>
    public bool IsEnd(int token) => (Ends[token >> 6] >> token & 1) != 0;

    /// <summary>The tokens that are at most so many whole characters of <see cref="TextRuns.Plain"/>.</summary>
    internal ReadOnlySpan<ulong> Plain(int characters) => _plain[characters];

    private static int PlainLength(ReadOnlySpan<byte> piece)
    {
        int characters = 0;
        while (piece.Length > 0)
        {
            if (Rune.DecodeFromUtf8(piece, out Rune rune, out int length) != System.Buffers.OperationStatus.Done
                || !TextRuns.Plain.Contains(rune.Value))
            {
                return -1;
            }

            characters++;
            piece = piece[length..];
        }

        return characters;
    }

    // By their first eight bytes, and where those are alike by all.
    private static int[] Sorted(int count, Func<int, ReadOnlyMemory<byte>> pieceOf)
    {
        int[] tokens = [.. Enumerable.Range(0, count).Where(token => pieceOf(token).Length > 0)];
        ulong[] keys = new ulong[tokens.Length];
        Span<byte> padded = stackalloc byte[8];
        for (int index = 0; index < tokens.Length; index++)
        {
            ReadOnlySpan<byte> piece = pieceOf(tokens[index]).Span;
            padded.Clear();
            piece[..Math.Min(8, piece.Length)].CopyTo(padded);
            keys[index] = BinaryPrimitives.ReadUInt64BigEndian(padded);
        }

        Array.Sort(keys, tokens);
        for (int first = 0; first < tokens.Length;)
        {
            int last = first + 1;
            while (last < tokens.Length && keys[last] == keys[first])
                last++;
            if (last - first > 1)
            {
                tokens.AsSpan(first..last).Sort((one, other) =>
                {
                    int order = pieceOf(one).Span.SequenceCompareTo(pieceOf(other).Span);
                    return order != 0 ? order : one.CompareTo(other);
                });
            }

            first = last;
        }

        return tokens;
    }
}
