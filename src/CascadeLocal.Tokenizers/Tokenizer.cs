using CascadeLocal.Tokenizers.Models;
using CascadeLocal.Tokenizers.Splitting;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers;

/// <summary>
/// Text to token ids by a model's own vocabulary; the ids are llama.cpp's. Whatever the text is, it takes time in proportion to its
/// length, and it can be cancelled. Immutable and thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenModel _model;
    private readonly UserTokens _userTokens;
    private readonly int _mostBytesPerToken;

    private Tokenizer(TokenizerVocabulary vocabulary, TokenModel model)
    {
        _model = model;
        _userTokens = new(vocabulary);
        _mostBytesPerToken = model.MostBytesPerToken;
    }

    /// <summary>The names of the pre-tokenizers that are known: <c>tokenizer.ggml.pre</c>.</summary>
    public static IReadOnlyCollection<string> PreTokenizers => PreTokenizer.Names;

    /// <summary>Builds the tokenizer of a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <exception cref="TokenizerException">It is of a kind that is not known, or damaged.</exception>
    public static Tokenizer Create(TokenizerVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Tokens.Count == 0)
            throw new TokenizerException("The vocabulary is empty.");
        return new(vocabulary, vocabulary.Model switch
        {
            "gpt2" => new BytePairModel(vocabulary, vocabulary.PreTokenizer),
            "gemma4" => new BytePairModel(vocabulary, "gemma4"),
            "hybriddna" => new DnaModel(vocabulary),
            "llama" => new SentencePieceModel(vocabulary),
            "bert" => new WordPieceModel(vocabulary),
            "t5" => new UnigramModel(vocabulary),
            "rwkv" => new RwkvModel(vocabulary),
            "plamo2" => new Plamo2Model(vocabulary),
            _ => throw new TokenizerException($"The tokenizer '{vocabulary.Model}' is not known."),
        });
    }

    /// <summary>
    /// Adds the tokens of a text as it stands between two control tokens: a space goes in front where the vocabulary wants one there.
    /// All of it is text; control tokens are never read from it.
    /// </summary>
    /// <param name="text">Any text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="ids">Where the ids are added.</param>
    /// <param name="atMost">The tokens that are of use: a text with more is not looked at to its end.</param>
    /// <param name="cancellationToken">Ends it within some milliseconds.</param>
    /// <returns>
    /// How many tokens the text has. More than <paramref name="atMost"/> means: at least so many, and what was added is of no use.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public int Tokenize(ReadOnlySpan<char> text, List<int> ids, int atMost = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        cancellationToken.ThrowIfCancellationRequested();
        // A UTF-16 unit is one byte of UTF-8 at least.
        int atLeast = text.Length / _mostBytesPerToken;
        if (atLeast > atMost)
            return atLeast;
        TokenSink sink = new(ids, atMost, cancellationToken);
        _userTokens.Tokenize(text, _model, sink);
        return sink.Count;
    }
}
