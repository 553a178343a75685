namespace CascadeLocal.Tokenizers.Vocabularies;

/// <summary>What kind of token it is, numbered as in a GGUF file's <c>tokenizer.ggml.token_type</c>.</summary>
public enum TokenKind
{
    /// <summary>Nothing is said.</summary>
    Undefined = 0,

    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>Stands for what no other token can say.</summary>
    Unknown = 2,

    /// <summary>A command to the model, never text.</summary>
    Control = 3,

    /// <summary>Text that is cut out before anything else is looked at.</summary>
    UserDefined = 4,

    /// <summary>Not used.</summary>
    Unused = 5,

    /// <summary>One byte, as <c>&lt;0x0A&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>A tokenizer as a model file describes it. Every list is as the file has it; missing ones are empty.</summary>
public sealed record TokenizerVocabulary
{
    /// <summary><c>tokenizer.ggml.model</c>: gpt2, llama, bert, t5, rwkv, plamo2, gemma4 or hybriddna.</summary>
    public required string Model { get; init; }

    /// <summary><c>tokenizer.ggml.pre</c>: how byte-pair vocabularies split a text into words; null where it is missing.</summary>
    public string? PreTokenizer { get; init; }

    /// <summary>Every token's text, UTF-8, by its id. None is empty.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary>Every token's kind; all normal where it is empty.</summary>
    public IReadOnlyList<TokenKind> Kinds { get; init; } = [];

    /// <summary>Every token's score; all 0 where it is empty.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>Pairs that are merged, the first one first; left and right part with a space between.</summary>
    public IReadOnlyList<byte[]> Merges { get; init; } = [];

    /// <summary>The token for what no other can say; null where there is none.</summary>
    public int? UnknownToken { get; init; }

    /// <summary><see cref="UnknownToken"/>, else <paramref name="usual"/>, or the last token where the vocabulary has fewer.</summary>
    internal int UnknownTokenOr(int usual) => UnknownToken ?? Math.Min(usual, Tokens.Count - 1);

    /// <summary><c>add_space_prefix</c>: null where the file does not say.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary><c>remove_extra_whitespaces</c>.</summary>
    public bool RemoveExtraWhitespaces { get; init; }

    /// <summary><c>precompiled_charsmap</c>: how a unigram vocabulary rewrites characters.</summary>
    public byte[] PrecompiledCharsMap { get; init; } = [];

    /// <summary><c>normalizer.lowercase</c>: null where the file does not say.</summary>
    public bool? Lowercase { get; init; }

    /// <summary><c>normalizer.strip_accents</c>: null where the file does not say.</summary>
    public bool? StripAccents { get; init; }

    internal TokenKind KindOf(int id) => id < Kinds.Count ? Kinds[id] : TokenKind.Normal;

    /// <summary>
    /// The tokens that a text may become, with their ids. Control tokens are not among them: what a user types is never a command,
    /// even where a vocabulary's own rules would find one.
    /// </summary>
    internal IEnumerable<(int Id, byte[] Text)> TextTokens()
    {
        for (int id = 0; id < Tokens.Count; id++)
        {
            if (KindOf(id) != TokenKind.Control)
                yield return (id, Tokens[id]);
        }
    }

    internal float ScoreOf(int id) => id < Scores.Count ? Scores[id] : 0;

    /// <summary>Bytes of the longest token; at least 1.</summary>
    internal int LongestToken => Tokens.Max(token => Math.Max(1, token.Length));
}

/// <summary>A vocabulary cannot be used. The message says what of it and why.</summary>
/// <param name="message">One sentence.</param>
public sealed class TokenizerException(string message) : Exception(message);
