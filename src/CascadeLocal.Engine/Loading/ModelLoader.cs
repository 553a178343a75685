using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Text;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Common;
using LLama.Exceptions;
using LLama.Extensions;
using LLama.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Loading;

/// <summary>A model in memory with its context, before anything decodes on it.</summary>
/// <param name="Metadata">What the file says about it.</param>
/// <param name="FileBytes">The size of its files.</param>
/// <param name="Tokenizer">Its tokenizer, as the file describes it.</param>
/// <param name="Backend">What computes.</param>
/// <param name="Kv">Its KV cache.</param>
/// <param name="Threads">Threads of one decode.</param>
/// <param name="ThreadsBatch">Threads of a step of several tokens.</param>
/// <param name="PrefillBudget">Prompt tokens of one step.</param>
/// <param name="GpuLayers">Layers on the GPU.</param>
/// <param name="Weights">The weights; shared with the context by reference count.</param>
/// <param name="Context">The context, to be used on one thread.</param>
/// <param name="ChatTemplates">Its chat templates by name, or the one that was given instead.</param>
/// <param name="Drafter">The model that drafts ahead of it; null where none does.</param>
internal sealed record LoadedModel(
    ModelMetadata Metadata,
    long FileBytes,
    TokenizerVocabulary Tokenizer,
    NativeBackend Backend,
    KvBudget Kv,
    int Threads,
    int ThreadsBatch,
    int PrefillBudget,
    int GpuLayers,
    SafeLlamaModelHandle Weights,
    IModelContext Context,
    IReadOnlyDictionary<string, string> ChatTemplates,
    LoadedModel? Drafter = null) : IDisposable
{
    /// <summary>Frees it all; what nobody decodes on.</summary>
    public void Dispose()
    {
        Drafter?.Dispose();
        Context.Dispose();
        Weights.Dispose();
    }
}

/// <summary>
/// Brings a model file into memory. Everything that can be known beforehand is checked in managed code first: native
/// code answers a bad file or too large a cache by ending the process.
/// </summary>
internal static class ModelLoader
{
    /// <summary>Larger files are mapped. A mapped file that is truncated in place kills the process, so small ones are read.</summary>
    private const long MappedFromBytes = 1L << 30;

    /// <param name="options">The file, and how it is served.</param>
    /// <param name="logger">Told what computes.</param>
    /// <param name="goesOn">Asked with what has been read of the weights, 0 to 1, before each tensor; false ends the loading. Null goes on.</param>
    /// <exception cref="ModelLoadException">The file cannot be served.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="goesOn"/> said false.</exception>
    public static LoadedModel Load(ModelOptions options, ILogger logger, Func<float, bool>? goesOn = null)
    {
        ModelFiles files = ModelFiles.Open(options);
        ModelMetadata metadata = files.Model.Metadata;

        _ = KvBudget.Plan(options, metadata); // refuses what no memory could serve
        NativeBackend backend = NativeBackend.Initialize(logger);
        int threads = options.Threads ?? ModelOptions.DefaultThreads(Environment.ProcessorCount);
        int threadsBatch = options.ThreadsBatch ?? threads;
        if (Math.Min(threads, threadsBatch) < 1)
            throw new ModelLoadException(options.Path, "threads", $"is {Math.Min(threads, threadsBatch)}; a decode has at least one thread");
        options = files.Resolve(backend) with { Threads = threads, ThreadsBatch = threadsBatch };
        int budget = options.PrefillBudget!.Value;

        // Before the weights are read, so that what does not fit costs nothing.
        FreeMemory free = FreeMemory.Now(backend);
        options = MemoryFit.Shrink([files with { Options = options }], free, logger)[0];
        MemoryCheck.Require(metadata, files.Tensors, options, free);
        KvBudget kv = KvBudget.Plan(options, metadata);

        ModelParams parameters = ParametersOf(options, kv);
        parameters.LoadMode = files.Model.Length < MappedFromBytes ? LLamaLoadMode.None : LLamaLoadMode.MemoryMap;
        SafeLlamaModelHandle model = LoadWeights(parameters, goesOn);
        LoadedModel? loaded = null;
        try
        {
            int layers = model.LayerCount + 1;
            int gpuLayers = parameters.GpuLayerCount < 0 ? layers : Math.Min(parameters.GpuLayerCount, layers);
            loaded = new(
                metadata, files.Model.Length, GgufVocabulary.Read(files.Model), backend, kv, threads, threadsBatch, budget, gpuLayers, model,
                CreateContext(model, parameters, options.Lora),
                files.ChatTemplates);
            return files.Drafter is null ? loaded : loaded with { Drafter = LoadDrafter(files, options, loaded, logger) };
        }
        catch
        {
            loaded?.Context.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>Another context on the weights of a model; null where there is no memory for it.</summary>
    /// <param name="model">The model, which outlives it.</param>
    /// <param name="options">Those of the model, but for what a context alone decides.</param>
    /// <exception cref="ModelLoadException">llama.cpp refuses it.</exception>
    public static LlamaModelContext? AddContext(LoadedModel model, ModelOptions options)
    {
        ModelFiles files = ModelFiles.Open(options);
        options = files.Resolve(model.Backend) with { Threads = model.Threads, ThreadsBatch = model.ThreadsBatch };
        FreeMemory free = FreeMemory.Now(model.Backend);
        return free.Holds(MemoryNeed.Of(model.Metadata, files.Tensors, options, free.Gpus.Count).OfContext)
            ? CreateContext(model.Weights, ParametersOf(options, KvBudget.Plan(options, model.Metadata)), options.Lora)
            : null;
    }

    /// <param name="options">Threads, prefill budget and GPU layers are set.</param>
    /// <param name="kv">The KV cache.</param>
    private static ModelParams ParametersOf(ModelOptions options, KvBudget kv) => new(options.Path)
    {
        ContextSize = (uint)kv.Cells,
        SeqMax = (uint)kv.Sequences,
        BatchSize = (uint)(kv.Sequences + options.PrefillBudget!.Value),
        UBatchSize = (uint)(kv.Sequences + options.PrefillBudget!.Value),
        Threads = options.Threads,
        BatchThreads = options.ThreadsBatch,
        GpuLayerCount = options.GpuLayers!.Value,
        KVUnified = kv.Layout == KvLayout.Unified,
        TypeK = (GGMLType)kv.Type,
        TypeV = (GGMLType)kv.Type,
        // llama.cpp's own choice may be none, under which it cannot use quantised values.
        FlashAttention = options.FlashAttention ?? (kv.Type == GgmlType.F16 ? null : true),
        SwaFull = true,
    };

    /// <exception cref="ModelLoadException">It cannot be served, or cannot draft for the model.</exception>
    private static LoadedModel LoadDrafter(ModelFiles files, ModelOptions options, LoadedModel model, ILogger logger)
    {
        LoadedModel drafter = Load(files.DrafterOptions(options), logger);
        try
        {
            Require(drafter.Context.CanCut, "has recurrent layers, which cannot take back a token");
            Require(
                VocabularyFingerprint.Of(drafter.Weights) == VocabularyFingerprint.Of(model.Weights),
                $"has another vocabulary than {files.Options.Path}: its tokens mean nothing there");
            return drafter;
        }
        catch
        {
            drafter.Dispose();
            throw;
        }

        void Require(bool holds, string reason)
        {
            if (!holds)
                throw new ModelLoadException(files.Drafter!.Options.Path, "drafter", reason);
        }
    }

    /// <summary>
    /// A model of which llama.cpp has laid out every tensor, so that one too many or of another shape is found, and has read no weight:
    /// for its vocabulary alone. To evaluate it would be to read what is not there.
    /// </summary>
    /// <exception cref="ModelLoadException">llama.cpp refuses it.</exception>
    public static SafeLlamaModelHandle LoadWithoutWeights(string path) =>
        LoadWeights(new ModelParams(path) { GpuLayerCount = 0, LoadMode = LLamaLoadMode.None }, null, allocate: false);

    /// <summary>
    /// By the handle itself: LLamaSharp's own wrapper copies all metadata into a dictionary, and throws over a value of
    /// no characters.
    /// </summary>
    private static SafeLlamaModelHandle LoadWeights(ModelParams parameters, Func<float, bool>? goesOn, bool allocate = true)
    {
        using NativeLog.Recording log = NativeLog.Record();
        bool isEnded = false;
        LlamaProgressCallback ask = (progress, _) =>
        {
            isEnded = isEnded || goesOn?.Invoke(progress) == false;
            return !isEnded;
        };
        try
        {
            using IDisposable pins = parameters.ToLlamaModelParams(out LLamaModelParams native);
            native.progress_callback = ask;
            native.no_alloc = !allocate;
            return SafeLlamaModelHandle.LoadFromFile(parameters.ModelPath, native);
        }
        catch (LoadWeightsFailedException) when (isEnded)
        {
            throw new OperationCanceledException($"Loading {parameters.ModelPath} was cancelled.");
        }
        catch (Exception error) when (error is LoadWeightsFailedException or RuntimeError or IOException)
        {
            throw new ModelLoadException(parameters.ModelPath, "weights", $"llama.cpp refused them: {log.Reason ?? error.Message}", error);
        }
        finally
        {
            GC.KeepAlive(ask);
        }
    }

    private static LlamaModelContext CreateContext(SafeLlamaModelHandle model, ModelParams parameters, LoraAdapters lora)
    {
        // Before the context, whose graphs are sized by what is loaded.
        (LoraAdapter, float)[] adapters = [.. lora.Select(adapter => (LoadAdapter(model, adapter.Path), adapter.Scale))];
        using NativeLog.Recording log = NativeLog.Record();
        parameters.ToLlamaContextParams(out LLamaContextParams native);
        SafeLLamaContextHandle context = SafeLLamaContextHandle.Create(model, native);
        if (context.IsInvalid)
            throw new ModelLoadException(parameters.ModelPath, "context", $"llama.cpp refused to create one: {log.Reason ?? "it does not say why"}");
        if (adapters.Length > 0)
            context.SetLoraAdapters(adapters);
        return new LlamaModelContext(context);
    }

    /// <summary>An adapter in memory; it is freed with the model.</summary>
    private static LoraAdapter LoadAdapter(SafeLlamaModelHandle model, string path)
    {
        using NativeLog.Recording log = NativeLog.Record();
        try
        {
            return model.LoadLoraFromFile(path);
        }
        catch (Exception error) when (error is RuntimeError or LoadWeightsFailedException or IOException)
        {
            throw new ModelLoadException(path, "adapter", $"llama.cpp refused it: {log.Reason ?? error.Message}", error);
        }
    }
}
