using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;

using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>What decoding has to know of a model's tokens, looked up without a native call.</summary>
internal sealed class Vocabulary
{
    private readonly TokenPieces _pieces;
    private readonly bool[] _endsGeneration;
    private readonly FrozenDictionary<int, string> _controlTexts;

    /// <param name="pieces">The tokens' bytes.</param>
    /// <param name="endsGeneration">Whether a token ends an answer.</param>
    /// <param name="controlTokens">What the tokens that are commands to the model are called.</param>
    public Vocabulary(TokenPieces pieces, Func<int, bool> endsGeneration, params IReadOnlyList<ControlToken> controlTokens)
    {
        _pieces = pieces;
        _controlTexts = controlTokens.ToFrozenDictionary(token => token.Id, token => token.Text);
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

    /// <summary>What a token is called that is a command to the model; null for others.</summary>
    public string? ControlText(int token) => _controlTexts.GetValueOrDefault(token);

    /// <summary>A token as clients see it; a control token by its name.</summary>
    public TokenCandidate Candidate(int token, float logProbability)
    {
        ReadOnlySpan<byte> piece = Piece(token);
        if (ControlText(token) is { } name)
            return new(name, logProbability) { IsText = !piece.IsEmpty };
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

/// <summary>
/// The bytes of every token, copied out of the vocabulary once, so that turning a token into text is a span and no
/// native call. Control tokens have none.
/// </summary>
internal sealed class TokenPieces
{
    private readonly byte[] _bytes;
    private readonly int[] _offsets;

    /// <summary>Copies the pieces of <paramref name="count"/> tokens.</summary>
    /// <param name="count">Tokens in the vocabulary.</param>
    /// <param name="getPiece">Writes a token's bytes if they fit; returns how many there are.</param>
    /// <param name="isControl">Whether a token is a command to the model and never text.</param>
    public TokenPieces(int count, PieceSource getPiece, Func<int, bool> isControl)
    {
        _offsets = new int[count + 1];
        byte[] bytes = new byte[Math.Max(256, count * 8)];
        int end = 0;
        for (int token = 0; token < count; token++)
        {
            if (!isControl(token))
                end += Copy(token, getPiece, ref bytes, end);
            _offsets[token + 1] = end;
        }

        _bytes = bytes.AsSpan(0, end).ToArray();
    }

    /// <summary>Writes the bytes of <paramref name="token"/> if they fit into <paramref name="destination"/>; returns how many there are.</summary>
    public delegate int PieceSource(int token, Span<byte> destination);

    /// <summary>Tokens in the vocabulary.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>The bytes of <paramref name="token"/>; not always whole characters.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes.AsSpan(_offsets[token].._offsets[token + 1]);

    private static int Copy(int token, PieceSource getPiece, ref byte[] bytes, int start)
    {
        int length = getPiece(token, bytes.AsSpan(start));
        if (length > bytes.Length - start)
        {
            Array.Resize(ref bytes, checked(Math.Max(bytes.Length * 2, start + length)));
            length = getPiece(token, bytes.AsSpan(start));
        }

        return length;
    }
}

/// <summary>Reads the vocabulary of a llama.cpp model.</summary>
internal static class LlamaVocabulary
{
    /// <param name="model">The model.</param>
    /// <param name="visible">Texts of control tokens that count as text all the same, since calls and reasoning are told by them.</param>
    /// <param name="controlTokens">What control tokens are called.</param>
    public static Vocabulary Read(SafeLlamaModelHandle model, IReadOnlyCollection<string> visible, params IReadOnlyList<ControlToken> controlTokens)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        return new Vocabulary(LlamaTokenPieces.Read(model, visible), token => ((LLamaToken)token).IsEndOfGeneration(vocabulary), controlTokens);
    }

    /// <summary>The texts of the special tokens that there are, by the names that chat templates know.</summary>
    public static Dictionary<string, string> SpecialTokens(SafeLlamaModelHandle model)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        Dictionary<string, string> texts = [];
        foreach ((string name, LLamaToken? token) in new[]
        {
            ("bos_token", vocabulary.BOS), ("eos_token", vocabulary.EOS), ("pad_token", vocabulary.Pad), ("sep_token", vocabulary.SEP), ("mask_token", vocabulary.Mask),
        })
        {
            if (vocabulary.LLamaTokenToString(token, isSpecialToken: true) is { Length: > 0 } text)
                texts[name] = text;
        }

        return texts;
    }
}

/// <summary>The pieces of a llama.cpp vocabulary.</summary>
internal static class LlamaTokenPieces
{
    /// <inheritdoc cref="LlamaVocabulary.Read"/>
    public static TokenPieces Read(SafeLlamaModelHandle model, IReadOnlyCollection<string> visible)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        HashSet<int> shown = [];
        for (int token = 0; token < vocabulary.Count && visible.Count > 0; token++)
        {
            if (((LLamaToken)token).IsControl(vocabulary) && visible.Contains(vocabulary.LLamaTokenToString(token, isSpecialToken: true) ?? ""))
                shown.Add(token);
        }

        return new TokenPieces(
            vocabulary.Count,
            (token, destination) => (int)model.TokenToSpan(token, destination, lstrip: 0, special: shown.Contains(token)),
            token => ((LLamaToken)token).IsControl(vocabulary) && !shown.Contains(token));
    }
}
