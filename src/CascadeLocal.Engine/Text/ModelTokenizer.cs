using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Native;

namespace CascadeLocal.Engine.Text;

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
