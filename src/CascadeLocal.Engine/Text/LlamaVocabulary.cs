using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>Reads the vocabulary of a llama.cpp model.</summary>
internal static class LlamaVocabulary
{
    public static Vocabulary Read(SafeLlamaModelHandle model)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        return new Vocabulary(LlamaTokenPieces.Read(model), token => ((LLamaToken)token).IsEndOfGeneration(vocabulary));
    }
}
