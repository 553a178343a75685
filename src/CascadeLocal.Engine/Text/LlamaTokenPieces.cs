using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>The pieces of a llama.cpp vocabulary.</summary>
internal static class LlamaTokenPieces
{
    public static TokenPieces Read(SafeLlamaModelHandle model)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        return new TokenPieces(
            vocabulary.Count,
            (token, destination) => (int)model.TokenToSpan(token, destination, lstrip: 0, special: false),
            token => ((LLamaToken)token).IsControl(vocabulary));
    }
}
