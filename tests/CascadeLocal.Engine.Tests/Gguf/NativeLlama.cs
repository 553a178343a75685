using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Native;

using LLama;
using LLama.Common;
using LLama.Extensions;
using LLama.Native;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>llama.cpp itself, quiet.</summary>
internal static class NativeLlama
{
    static NativeLlama()
    {
        NativeBackend.Initialize(NullLogger.Instance);
    }

    /// <summary>Loads the native library, which other calls into it rely on.</summary>
    public static void Touch()
    {
    }

    /// <summary>Loads a model that is known to be sound.</summary>
    public static LLamaWeights Load(string path, bool vocabularyOnly = false) =>
        LLamaWeights.LoadFromFile(new ModelParams(path) { GpuLayerCount = 0, VocabOnly = vocabularyOnly });

    /// <summary>
    /// Loads, makes a small context and evaluates two tokens, as the engine would; returns whether all of it worked.
    /// </summary>
    public static bool Evaluates(string path)
    {
        ModelParams parameters = new(path) { GpuLayerCount = 0, ContextSize = 64, BatchSize = 64, UBatchSize = 64, Threads = 1, BatchThreads = 1 };
        try
        {
            // By the handle, as the engine: LLamaSharp's own wrapper throws over a metadata value of no characters.
            using IDisposable pins = parameters.ToLlamaModelParams(out LLamaModelParams modelParameters);
            using SafeLlamaModelHandle model = SafeLlamaModelHandle.LoadFromFile(path, modelParameters);
            _ = new LlamaTokenizer(model).Tokenize("the user\n", parseControl: true);
            _ = CascadeLocal.Engine.Text.LlamaTokenPieces.Read(model, []);
            parameters.ToLlamaContextParams(out LLamaContextParams contextParameters);
            using SafeLLamaContextHandle context = SafeLLamaContextHandle.Create(model, contextParameters);
            if (context.IsInvalid)
                return false;
            LLamaBatch batch = new();
            batch.Add(5, 0, LLamaSeqId.Zero, logits: false);
            batch.Add(6, 1, LLamaSeqId.Zero, logits: true);
            return context.Decode(batch) == DecodeResult.Ok;
        }
        catch (Exception exception) when (exception is LLama.Exceptions.LoadWeightsFailedException or LLama.Exceptions.RuntimeError)
        {
            return false;
        }
    }

    public static bool Accepts(string path)
    {
        try
        {
            GgufFile.Open(path);
            return true;
        }
        catch (ModelLoadException)
        {
            return false;
        }
    }
}
