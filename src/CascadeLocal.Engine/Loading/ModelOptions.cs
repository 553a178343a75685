using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;

namespace CascadeLocal.Engine.Loading;

/// <summary>How one model file is loaded and served.</summary>
public sealed record ModelOptions
{
    /// <summary>Sequences decoded in one batch where nothing else is said.</summary>
    public const int DefaultParallel = 8;

    /// <summary>Tokens one sequence can hold where nothing else is said and the model was trained for more.</summary>
    public const int DefaultContextLength = 8192;

    /// <summary>The GGUF file; of a model in several, the first.</summary>
    public required string Path { get; init; }

    /// <summary>What messages about its chat template call it; null is the model's own name.</summary>
    public string? Name { get; init; }

    /// <summary>Adapters that are applied to the model, for all requests.</summary>
    public LoraAdapters Lora { get; init; } = [];

    /// <summary>
    /// Tokens one sequence can hold; null is the smaller of the trained context and <see cref="DefaultContextLength"/>, or fewer where
    /// the memory is short.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences decoded in one batch, 1 to 64; null is <see cref="DefaultParallel"/>, or fewer where the memory is short.</summary>
    public int? Parallel { get; init; }

    /// <summary>Threads of one decode; null is <see cref="DefaultThreads"/> of this machine.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Threads of a step of more than one token: prompts, several sequences, drafts; null is as many as <see cref="Threads"/>.
    /// </summary>
    public int? ThreadsBatch { get; init; }

    /// <summary>Layers on the GPU: -1 is all, 0 none; null is all where the backend in use has a GPU.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>How many times as long as the running decodes alone a step may take where nothing else is said.</summary>
    public const double DefaultPrefillSlowdown = 2.5;

    /// <summary>The most prompt tokens evaluated in one step; null is 128 on CPU, 512 on a GPU. Prompts alone always have all of them.</summary>
    public int? PrefillBudget { get; init; }

    /// <summary>
    /// How many times as long as without it a step may take while a prompt is evaluated beside running decodes, above 1 and finite. Less
    /// makes answers flow more evenly, more makes the prompt's first token come sooner.
    /// </summary>
    public double PrefillSlowdown { get; init; } = DefaultPrefillSlowdown;

    /// <summary>The layout of the KV cache.</summary>
    public KvLayout KvLayout { get; init; } = KvLayout.Auto;

    /// <summary>How the keys and values in it are stored.</summary>
    public KvType KvType { get; init; }

    /// <summary>Whether attention is computed by llama.cpp's flash attention; null leaves the choice to llama.cpp.</summary>
    public bool? FlashAttention { get; init; }

    /// <summary>
    /// Cells of a unified KV cache, shared by all sequences; null is <see cref="Parallel"/> times the context length.
    /// Fewer cells than the running sequences need cost preemptions, never answers.
    /// </summary>
    public int? KvCells { get; init; }

    /// <summary>Whether sequences start from the cached prefix of another one.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Where prefixes go that have lost their sequence, shared with other models; null forgets them.</summary>
    public PrefixStore? PrefixStore { get; init; }

    /// <summary>Tells the model's content from others', for prefixes on disk; null keeps none there.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Who drafts ahead of the answers; null for nobody.</summary>
    public DraftingOptions? Drafting { get; init; }

    /// <summary>For tests: what a token drafted ahead takes; null measures it.</summary>
    internal DraftCost? DraftCost { get; init; }

    /// <summary>A file with a chat template that is used instead of the model's own; null for the model's own.</summary>
    public string? ChatTemplatePath { get; init; }

    /// <summary>Sampling defaults that win over the file's own.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Requests that may wait for a sequence before more are refused.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>
    /// Threads of one decode where nothing else is said: the cores divided among the models, but never all of them. The
    /// threads of a decode wait for each other at every operation, so one core that something else holds stops them all.
    /// </summary>
    public static int DefaultThreads(int cores, int models = 1) => Math.Max(1, Math.Min(cores - 1, cores / models));

    /// <summary><see cref="PrefillBudget"/> where nothing else is said.</summary>
    public static int DefaultPrefillBudget(bool isGpu) => isGpu ? 512 : 128;
}

/// <summary>Who drafts ahead of a model's answers.</summary>
/// <param name="Model">A model of the same vocabulary; null for what has been said before in the conversation.</param>
public sealed record DraftingOptions(ModelOptions? Model)
{
    /// <summary>What <see cref="Lookup"/> is called.</summary>
    public const string LookupName = "lookup";

    /// <summary>Drafts what followed the last tokens where they stood before.</summary>
    public static DraftingOptions Lookup { get; } = new((ModelOptions?)null);
}
