using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>Text to token ids, as the model was trained. Safe to use from several threads.</summary>
internal interface ITokenizer
{
    /// <summary>Tokens that are commands to the model, in no order; none has an empty text.</summary>
    IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <summary>The token a prompt has to begin with, or null where the model wants none.</summary>
    int? BeginOfText { get; }

    /// <summary>
    /// Adds the ids of <paramref name="text"/>, without a token for its beginning or end. All of it is text: no control token is
    /// read from it.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="ids">The ids so far.</param>
    /// <param name="limit">When to give up.</param>
    /// <exception cref="TooManyTokensException">There are more ids than the limit allows.</exception>
    /// <exception cref="OperationCanceledException">The limit's token was cancelled.</exception>
    void Tokenize(ReadOnlySpan<char> text, List<int> ids, TokenLimit limit);
}

/// <summary>When tokenising a prompt is given up.</summary>
/// <param name="AtMost">Most tokens of the prompt.</param>
/// <param name="CancellationToken">Nobody waits for the prompt any more.</param>
internal readonly record struct TokenLimit(int AtMost, CancellationToken CancellationToken)
{
    /// <summary>It is never given up.</summary>
    public static TokenLimit None { get; } = new(int.MaxValue, CancellationToken.None);
}

/// <summary>A prompt has more tokens than are of use. It was not tokenised to its end.</summary>
/// <param name="atLeast">So many at least.</param>
internal sealed class TooManyTokensException(int atLeast) : Exception
{
    /// <summary>Tokens it has at least.</summary>
    public int AtLeast => atLeast;
}

/// <summary>
/// The tokenizer of a loaded model. Its vocabulary is the file's, and no text ever comes to llama.cpp's own tokenizer, which some
/// texts end or freeze. What llama.cpp takes for control tokens is asked of it once.
/// </summary>
internal sealed class ModelTokenizer : ITokenizer
{
    private readonly Tokenizer _tokenizer;

    /// <param name="model">The model as llama.cpp has loaded it.</param>
    /// <param name="vocabulary">Its tokenizer as the file describes it.</param>
    /// <exception cref="TokenizerException">It is of a kind that is not known, or damaged.</exception>
    public ModelTokenizer(SafeLlamaModelHandle model, TokenizerVocabulary vocabulary)
    {
        SafeLlamaModelHandle.Vocabulary native = model.Vocab;
        TokenKind[] kinds = new TokenKind[vocabulary.Tokens.Count];
        List<ControlToken> control = [];
        for (int id = 0; id < kinds.Length; id++)
        {
            LLamaTokenAttr attributes = ((LLamaToken)id).GetAttributes(native);
            kinds[id] = id < vocabulary.Kinds.Count ? vocabulary.Kinds[id] : TokenKind.Normal;
            // Of tokens that look like commands llama.cpp makes control tokens, and of some control tokens text: here those stay.
            if ((attributes & LLamaTokenAttr.Control) != 0)
                kinds[id] = TokenKind.Control;
            bool isCommand = kinds[id] is TokenKind.Control or TokenKind.Unknown || (attributes & LLamaTokenAttr.Unknown) != 0;
            if (isCommand && native.LLamaTokenToString(id, isSpecialToken: true) is { Length: > 0 } text)
                control.Add(new ControlToken(id, text, (attributes & LLamaTokenAttr.LStrip) != 0, (attributes & LLamaTokenAttr.RStrip) != 0));
        }

        ControlTokens = control;
        BeginOfText = native.ShouldAddBOS && native.BOS is LLamaToken token ? (int)token : null;
        _tokenizer = Tokenizer.Create(vocabulary with { Kinds = kinds });
    }

    /// <inheritdoc/>
    public IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <inheritdoc/>
    public int? BeginOfText { get; }

    /// <inheritdoc/>
    public void Tokenize(ReadOnlySpan<char> text, List<int> ids, TokenLimit limit)
    {
        int room = limit.AtMost - ids.Count;
        int count = _tokenizer.Tokenize(text, ids, Math.Max(0, room), limit.CancellationToken);
        if (count > room)
            throw new TooManyTokensException((int)Math.Min(int.MaxValue, (long)limit.AtMost - room + count));
    }
}

/// <summary>A token that is a command to the model rather than text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How templates write it.</param>
/// <param name="TrimsBefore">Whether it swallows white space in front of it.</param>
/// <param name="TrimsAfter">Whether it swallows white space behind it.</param>
internal readonly record struct ControlToken(int Id, string Text, bool TrimsBefore = false, bool TrimsAfter = false);
