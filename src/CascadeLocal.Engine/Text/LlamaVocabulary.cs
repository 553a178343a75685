using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>Reads the vocabulary of a llama.cpp model.</summary>
internal static class LlamaVocabulary
{
    /// <param name="model">The model.</param>
    /// <param name="visible">Texts of control tokens that count as text all the same, since calls and reasoning are told by them.</param>
    public static Vocabulary Read(SafeLlamaModelHandle model, IReadOnlyCollection<string> visible)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        return new Vocabulary(LlamaTokenPieces.Read(model, visible), token => ((LLamaToken)token).IsEndOfGeneration(vocabulary));
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
