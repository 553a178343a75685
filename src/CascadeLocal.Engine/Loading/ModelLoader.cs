using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

using LLama.Common;
using LLama.Exceptions;
using LLama.Extensions;
using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Loading;

/// <summary>
/// Brings a model file into memory. Everything that can be known beforehand is checked in managed code first: native
/// code answers a bad file or too large a cache by ending the process.
/// </summary>
internal static class ModelLoader
{
    /// <summary>Larger files are mapped. A mapped file that is truncated in place kills the process, so small ones are read.</summary>
    private const long MappedFromBytes = 1L << 30;

    /// <exception cref="ModelLoadException">The file cannot be served.</exception>
    public static LoadedModel Load(ModelOptions options, ILogger logger)
    {
        GgufFile file = GgufFile.Open(options.Path);
        ModelMetadata metadata = file.Metadata;

        // Before the weights are read, so that an impossible context costs nothing.
        KvBudget kv = KvBudget.Plan(options, metadata, SystemMemory.AvailableBytes());
        NativeBackend backend = NativeBackend.Initialize(logger);
        int threads = options.Threads ?? ModelOptions.DefaultThreads(Environment.ProcessorCount);
        if (threads < 1)
            throw new ModelLoadException(options.Path, "threads", $"is {threads}; a decode has at least one thread");
        int budget = options.PrefillBudget ?? (backend.IsGpu ? 512 : 128);
        if (budget < 1)
            throw new ModelLoadException(options.Path, "prefill budget", $"is {budget}; a step evaluates at least one prompt token");

        ModelParams parameters = new(options.Path)
        {
            ContextSize = (uint)kv.Cells,
            SeqMax = (uint)options.Parallel,
            BatchSize = (uint)(options.Parallel + budget),
            UBatchSize = (uint)(options.Parallel + budget),
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = backend.IsGpu ? options.GpuLayers ?? -1 : 0,
            KVUnified = kv.Layout == KvLayout.Unified,
            FlashAttention = options.FlashAttention,
            SwaFull = true,
            LoadMode = file.Length < MappedFromBytes ? LLamaLoadMode.None : LLamaLoadMode.MemoryMap,
        };
        SafeLlamaModelHandle model = LoadWeights(parameters);
        try
        {
            // Recurrent state has no cells to share, and only the loaded model tells that it has some.
            if (model.IsRecurrent)
            {
                kv = kv with { Layout = KvLayout.Streams };
                parameters.KVUnified = false;
            }

            int layers = model.LayerCount + 1;
            int gpuLayers = parameters.GpuLayerCount < 0 ? layers : Math.Min(parameters.GpuLayerCount, layers);
            return new LoadedModel(
                metadata, file.Length, backend, kv, threads, budget, gpuLayers, model, CreateContext(model, parameters));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// By the handle itself: LLamaSharp's own wrapper copies all metadata into a dictionary, and throws over a value of
    /// no characters.
    /// </summary>
    private static SafeLlamaModelHandle LoadWeights(ModelParams parameters)
    {
        try
        {
            using IDisposable pins = parameters.ToLlamaModelParams(out LLamaModelParams native);
            return SafeLlamaModelHandle.LoadFromFile(parameters.ModelPath, native);
        }
        catch (Exception error) when (error is LoadWeightsFailedException or RuntimeError or IOException)
        {
            throw new ModelLoadException(parameters.ModelPath, "weights", $"llama.cpp refused them: {error.Message}", error);
        }
    }

    private static LlamaModelContext CreateContext(SafeLlamaModelHandle model, ModelParams parameters)
    {
        parameters.ToLlamaContextParams(out LLamaContextParams native);
        SafeLLamaContextHandle context = SafeLLamaContextHandle.Create(model, native);
        if (context.IsInvalid)
            throw new ModelLoadException(parameters.ModelPath, "context", "llama.cpp refused to create one; its log has the reason");
        return new LlamaModelContext(context);
    }
}
