using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Engine;

/// <summary>What a loaded model is.</summary>
public sealed record ModelInfo
{
    /// <summary>The file it was loaded from.</summary>
    public required string Path { get; init; }

    /// <summary>Its own name (<c>general.name</c>), else the file's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>general.architecture</c>, such as <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Weights in all.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>How the weights are stored, such as <c>Q8_0</c>.</summary>
    public required string Quantization { get; init; }

    /// <summary>Size of the file; of a model in several, of all.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Tokens one sequence can hold here.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Tokens the model was trained for.</summary>
    public required int TrainedContextLength { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>
    /// A hash of its vocabulary's content: texts and types of all tokens and the ids of the special ones, without the unused
    /// tokens that pad it. Null where it is not known, as that of a model behind an endpoint.
    /// </summary>
    public string? VocabularyFingerprint { get; init; }

    /// <summary>Sequences decoded in one batch.</summary>
    public required int Parallel { get; init; }

    /// <summary>Threads of one decode.</summary>
    public required int Threads { get; init; }

    /// <summary>Threads of a step of several tokens.</summary>
    public required int ThreadsBatch { get; init; }

    /// <summary>The most prompt tokens evaluated in one step.</summary>
    public required int PrefillBudget { get; init; }

    /// <summary>Whether flash attention was asked for; null where llama.cpp chose.</summary>
    public required bool? FlashAttention { get; init; }

    /// <summary>What computes, as found at run time, such as <c>cpu (avx512)</c> or <c>cuda (31/31 layers)</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The layout of the KV cache; never <see cref="KvLayout.Auto"/>.</summary>
    public required KvLayout KvLayout { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public required KvType KvType { get; init; }

    /// <summary>Who drafts ahead of its answers: the drafting model's name, or <c>lookup</c>; null for nobody.</summary>
    public string? Drafter { get; init; }

    /// <summary>The adapters that are applied to it.</summary>
    public required LoraAdapters Lora { get; init; }

    /// <summary>Bytes the KV cache takes, with the states of recurrent layers.</summary>
    public required long KvBytes { get; init; }

    /// <summary>The file's own sampling defaults, <c>general.sampling.*</c>.</summary>
    public required SamplingOptions Sampling { get; init; }
}
