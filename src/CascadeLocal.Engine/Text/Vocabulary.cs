using System.Text;
using System.Text.Unicode;

namespace CascadeLocal.Engine.Text;

/// <summary>What decoding has to know of a model's tokens, looked up without a native call.</summary>
internal sealed class Vocabulary
{
    private readonly TokenPieces _pieces;
    private readonly bool[] _endsGeneration;

    /// <param name="pieces">The tokens' bytes.</param>
    /// <param name="endsGeneration">Whether a token ends an answer.</param>
    public Vocabulary(TokenPieces pieces, Func<int, bool> endsGeneration)
    {
        _pieces = pieces;
        _endsGeneration = new bool[pieces.Count];
        for (int token = 0; token < pieces.Count; token++)
            _endsGeneration[token] = endsGeneration(token);
        EndTokens = [.. Enumerable.Range(0, pieces.Count).Where(EndsGeneration)];
    }

    /// <summary>Tokens in it.</summary>
    public int Count => _endsGeneration.Length;

    /// <summary>The tokens that end an answer.</summary>
    public int[] EndTokens { get; }

    /// <summary>The bytes a token stands for; none for control tokens.</summary>
    public ReadOnlySpan<byte> Piece(int token) => _pieces[token];

    /// <summary>A token as clients see it.</summary>
    public TokenCandidate Candidate(int token, float logProbability)
    {
        ReadOnlySpan<byte> piece = Piece(token);
        return new(Encoding.UTF8.GetString(piece), logProbability) { Bytes = Utf8.IsValid(piece) ? null : piece.ToArray() };
    }

    /// <summary>Whether a token ends an answer.</summary>
    public bool EndsGeneration(int token) => _endsGeneration[token];

    /// <summary>How many of <paramref name="tokens"/> come before the first that ends an answer or is none of this vocabulary.</summary>
    public int LengthBeforeEnd(ReadOnlySpan<int> tokens)
    {
        int length = 0;
        while (length < tokens.Length && (uint)tokens[length] < (uint)Count && !EndsGeneration(tokens[length]))
            length++;
        return length;
    }
}
