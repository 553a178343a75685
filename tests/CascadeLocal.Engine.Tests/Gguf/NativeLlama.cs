using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Native;

using LLama;
using LLama.Common;
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
            using LLamaWeights weights = LLamaWeights.LoadFromFile(parameters);
            _ = new CascadeLocal.Engine.Text.LlamaTokenizer(weights.NativeHandle).Tokenize("the user\n", parseControl: true);
            _ = CascadeLocal.Engine.Text.LlamaTokenPieces.Read(weights.NativeHandle);
            using LLamaContext context = weights.CreateContext(parameters);
            if (context.NativeHandle.IsInvalid)
                return false;
            LLamaBatch batch = new();
            batch.Add(5, 0, LLamaSeqId.Zero, logits: false);
            batch.Add(6, 1, LLamaSeqId.Zero, logits: true);
            return context.Decode(batch) == DecodeResult.Ok;
        }
        // An ArgumentNullException is LLamaSharp's answer to a metadata value of zero bytes.
        catch (Exception exception) when (exception is ArgumentNullException or LLama.Exceptions.LoadWeightsFailedException or LLama.Exceptions.RuntimeError)
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
