using System.Text;

using CascadeLocal.Engine.Text;

using LLama.Native;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>
/// llama.cpp's own tokenizer, which the engine's is compared with. A text is tokenised as if it stood between two control tokens: where the vocabulary wants it
/// (SentencePiece), a space goes in front of it, as llama.cpp does behind every control token.
/// </summary>
internal sealed class LlamaTokenizer
{
    private readonly SafeLlamaModelHandle _model;

    public LlamaTokenizer(SafeLlamaModelHandle model)
    {
        _model = model;
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        ControlTokens = ReadControlTokens(vocabulary);
        BeginOfText = vocabulary.ShouldAddBOS && vocabulary.BOS is LLamaToken token ? (int)token : null;
    }

    public IReadOnlyList<ControlToken> ControlTokens { get; }

    public int? BeginOfText { get; }

    public int[] Tokenize(string text, bool parseControl)
    {
        if (text.Length == 0)
            return [];
        LLamaToken[] tokens = _model.Tokenize(text, addBos: false, special: parseControl, Encoding.UTF8);
        return Array.ConvertAll(tokens, token => (int)token);
    }

    private static List<ControlToken> ReadControlTokens(SafeLlamaModelHandle.Vocabulary vocabulary)
    {
        List<ControlToken> result = [];
        for (int id = 0; id < vocabulary.Count; id++)
        {
            LLamaTokenAttr attributes = ((LLamaToken)id).GetAttributes(vocabulary);
            if ((attributes & (LLamaTokenAttr.Control | LLamaTokenAttr.Unknown)) == 0)
                continue;
            if (vocabulary.LLamaTokenToString(id, isSpecialToken: true) is { Length: > 0 } text)
                result.Add(new ControlToken(id, text, (attributes & LLamaTokenAttr.LStrip) != 0, (attributes & LLamaTokenAttr.RStrip) != 0));
        }

        return result;
    }
}
