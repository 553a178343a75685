using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Loading;

/// <summary>The files of a model and of its adapters, checked, with how the model is to be served.</summary>
/// <param name="Options">How it is served.</param>
/// <param name="Model">The model's own files.</param>
/// <param name="Tensors">Its tensors and those of its adapters, which are named after the tensors that they change.</param>
internal sealed record ModelFiles(ModelOptions Options, GgufFile Model, IReadOnlyList<GgufTensor> Tensors)
{
    /// <summary>The model's chat templates by name, or the one that is to be used instead.</summary>
    public required IReadOnlyDictionary<string, string> ChatTemplates { get; init; }

    /// <summary>Those of the model that drafts ahead of it; null where none does.</summary>
    public ModelFiles? Drafter { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="ModelLoadException">One cannot be read, or cannot be served.</exception>
    public static ModelFiles Open(ModelOptions options)
    {
        GgufFile model = GgufFile.Open(options.Path);
        List<GgufTensor> tensors = [.. model.Tensors];
        foreach (LoraOptions adapter in options.Lora)
        {
            if (!float.IsFinite(adapter.Scale))
                throw new ModelLoadException(adapter.Path, "scale", $"is {adapter.Scale}");
            tensors.AddRange(LoraFile.Open(adapter.Path, model).Tensors);
        }

        return new ModelFiles(options, model, tensors)
        {
            ChatTemplates = options.ChatTemplatePath is { } path ? ReadTemplate(path) : model.Metadata.ChatTemplates,
            Drafter = options.Drafting?.Model is { } drafter ? Open(drafter with { Drafting = null }) : null,
        };
    }

    /// <summary>The options with what depends on the backend alone: the prefill budget and the layers on the GPU.</summary>
    /// <exception cref="ModelLoadException">They are out of their range.</exception>
    public ModelOptions Resolve(NativeBackend backend)
    {
        int budget = Options.PrefillBudget ?? ModelOptions.DefaultPrefillBudget(backend.IsGpu);
        if (budget < 1)
            throw new ModelLoadException(Options.Path, "prefill budget", $"is {budget}; a step evaluates at least one prompt token");
        if (!(Options.PrefillSlowdown > 1 && double.IsFinite(Options.PrefillSlowdown)))
            throw new ModelLoadException(Options.Path, "prefill slowdown", $"is {Options.PrefillSlowdown}; it is a finite number above 1");
        return Options with { PrefillBudget = budget, GpuLayers = backend.IsGpu ? Options.GpuLayers ?? -1 : 0 };
    }

    private static Dictionary<string, string> ReadTemplate(string path)
    {
        try
        {
            return RegularFile.WhatElse(path) is { } kind
                ? throw new ModelLoadException(path, "chat_template", $"is {kind}, not a regular file")
                : new() { [ModelMetadata.DefaultTemplate] = File.ReadAllText(path) };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(path, "chat_template", $"cannot be read: {error.Message}", error);
        }
    }

    /// <summary>How the model that drafts is served: as many sequences, as long as its own context allows.</summary>
    /// <param name="options">Those of the model that it drafts for; prefill budget and GPU layers are set.</param>
    public ModelOptions DrafterOptions(ModelOptions options)
    {
        KvBudget kv = KvBudget.Plan(options, Model.Metadata);
        return Drafter!.Options with
        {
            Parallel = kv.Sequences,
            ContextLength = Math.Min(kv.ContextLength, Drafter.Model.Metadata.ContextLength),
            KvLayout = KvLayout.Streams,
            KvCells = null,
            Threads = options.Threads,
            ThreadsBatch = options.ThreadsBatch,
            GpuLayers = options.GpuLayers is 0 ? 0 : -1,
            PrefillBudget = options.PrefillBudget,
            PrefillSlowdown = options.PrefillSlowdown,
        };
    }

    /// <summary>What it will take, with the model that drafts for it.</summary>
    /// <param name="options">As it is to be served; prefill budget and GPU layers are set.</param>
    /// <param name="gpus">GPUs that layers can go to.</param>
    public MemoryNeed Need(ModelOptions options, int gpus)
    {
        MemoryNeed own = MemoryNeed.Of(Model.Metadata, Tensors, options, gpus);
        return Drafter is null ? own : own.And(Drafter.Need(DrafterOptions(options), gpus));
    }
}
