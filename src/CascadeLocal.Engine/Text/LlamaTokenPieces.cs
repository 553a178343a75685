using LLama.Native;

namespace CascadeLocal.Engine.Text;

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
