using System.Globalization;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Engine.Loading;

/// <summary>Bytes that a model takes of one kind of memory.</summary>
/// <param name="Weights">Tensors of the file, mapped ones too: what is not in memory is read again at every step.</param>
/// <param name="KvCache">Keys and values, and the state of recurrent layers.</param>
/// <param name="Compute">Buffers of a step: activations, attention masks and scores, logits.</param>
internal readonly record struct MemoryShare(long Weights, long KvCache, long Compute)
{
    /// <summary>All of it.</summary>
    public long Total => checked(Weights + KvCache + Compute);

    /// <summary>It and another one's.</summary>
    public MemoryShare And(MemoryShare other) =>
        checked(new(Weights + other.Weights, KvCache + other.KvCache, Compute + other.Compute));

    /// <summary>The sum and its parts.</summary>
    /// <param name="memory">What memory it is.</param>
    public string InWords(string memory) =>
        $"{Mebibytes(Total)} of {memory} are needed (weights {Mebibytes(Weights)}, KV cache {Mebibytes(KvCache)}, compute buffers {Mebibytes(Compute)})";

    /// <summary>A size in MiB.</summary>
    public static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024.0):N1} MiB");
}

/// <summary>
/// What a model will take, worked out before anything is allocated. Weights and KV cache are exact but for llama.cpp's
/// padding; compute buffers are an upper estimate, which a test compares with what llama.cpp reports.
/// </summary>
/// <param name="Ram">The machine's memory.</param>
/// <param name="Gpu">All GPUs together.</param>
internal sealed record MemoryNeed(MemoryShare Ram, MemoryShare Gpu)
{
    /// <summary>Graph and tensor descriptions, threads' scratch space, padding.</summary>
    private const long FixedComputeBytes = 4L << 20;

    /// <summary>cuBLAS' workspace and the kernels' own, for each GPU. An allowance: no buffer of llama.cpp's.</summary>
    private const long GpuWorkspaceBytes = 128L << 20;

    /// <summary>What of it depends on sequences and context.</summary>
    public long Variable => checked(Ram.KvCache + Ram.Compute + Gpu.KvCache + Gpu.Compute);

    /// <summary>What another context on the same weights takes.</summary>
    public MemoryNeed OfContext => new(Ram with { Weights = 0 }, Gpu with { Weights = 0 });

    /// <summary>It in words, with its parts.</summary>
    public string InWords => Gpu.Total == 0 ? Ram.InWords("memory") : $"{Ram.InWords("memory")}, {Gpu.InWords("GPU memory")}";

    /// <summary>It and another one's.</summary>
    public MemoryNeed And(MemoryNeed other) => new(Ram.And(other.Ram), Gpu.And(other.Gpu));

    /// <summary>Works it out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tensors">Its tensors, and those of its adapters.</param>
    /// <param name="options">How it is served; prefill budget and GPU layers are set, the latter -1 for all.</param>
    /// <param name="gpus">GPUs that layers can go to.</param>
    /// <exception cref="ModelLoadException">The options are out of their range.</exception>
    public static MemoryNeed Of(ModelMetadata model, IReadOnlyList<GgufTensor> tensors, ModelOptions options, int gpus)
    {
        KvBudget kv = KvBudget.Plan(options, model);
        int layers = model.BlockCount + 1; // llama.cpp counts the output as one
        int offloaded = gpus == 0 ? 0 : options.GpuLayers is { } count and >= 0 ? Math.Min(count, layers) : layers;
        int firstOnGpu = layers - offloaded;

        long compute = checked(StepBytes(model, tensors, options, kv) + FixedComputeBytes);
        long logits = checked(BatchTokens(options, kv) * model.VocabularySize * sizeof(float));
        MemoryShare gpu = offloaded == 0
            ? default
            : new MemoryShare(
                Weights(model, tensors, block => block >= firstOnGpu),
                KvBytes(model, kv, block => block >= firstOnGpu),
                checked((compute + GpuWorkspaceBytes) * gpus));
        // What is on the GPU leaves its inputs and the logits in host memory; blocks that are not there are computed here.
        MemoryShare ram = new(
            Weights(model, tensors, block => block < firstOnGpu),
            KvBytes(model, kv, block => block < firstOnGpu),
            checked(compute + logits));
        return new MemoryNeed(ram, gpu);
    }

    /// <summary>Bytes of the tensors whose block is chosen; the input embedding is of block -1, the output of the one behind the last.</summary>
    private static long Weights(ModelMetadata model, IReadOnlyList<GgufTensor> tensors, Func<int, bool> isHere)
    {
        long bytes = 0;
        GgufTensor? embedding = null;
        bool hasOutput = false;
        foreach (GgufTensor tensor in tensors)
        {
            if (tensor.Name == "token_embd.weight")
                embedding = tensor;
            hasOutput |= tensor.Name == "output.weight";
            int block = tensor == embedding ? -1 : BlockOf(tensor.Name) ?? model.BlockCount;
            bytes = checked(bytes + (isHere(block) ? tensor.Bytes : 0));
        }

        // An embedding that is the output too stands twice where the two lie apart: on different devices, or because the
        // CPU rearranges an output matrix of this type for its products.
        bool isApart = !isHere(-1) || (isHere(model.BlockCount) && IsRearranged(embedding?.Type));
        if (!hasOutput && embedding is not null && isHere(model.BlockCount) && isApart)
            bytes = checked(bytes + embedding.Bytes);
        return bytes;
    }

    private static bool IsRearranged(GgmlType? type) => type is GgmlType.Q4_0 or GgmlType.Q2_K or GgmlType.Q4_K
        or GgmlType.Q5_K or GgmlType.Q6_K or GgmlType.IQ4_NL or GgmlType.MXFP4;

    private static int? BlockOf(string name)
    {
        const string Prefix = "blk.";
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        ReadOnlySpan<char> rest = name.AsSpan(Prefix.Length);
        int end = rest.IndexOf('.');
        return end > 0 && int.TryParse(rest[..end], out int block) ? block : null;
    }

    private static long KvBytes(ModelMetadata model, KvBudget kv, Func<int, bool> isHere)
    {
        long bytes = 0;
        for (int block = 0; block < model.BlockCount; block++)
        {
            if (isHere(block))
                bytes = checked(bytes + (kv.Cells * model.KvBytesPerToken(block, kv.Type, kv.Type)) + (kv.Sequences * model.StateBytes[block]));
        }

        return bytes;
    }

    private static long BatchTokens(ModelOptions options, KvBudget kv) => Math.Min(kv.Sequences + options.PrefillBudget!.Value, kv.Cells);

    /// <summary>
    /// The most that is alive at once within a step of the largest batch: the mask, some rows of the residual stream, and
    /// the largest of a block's inner activations, the attention scores (flash attention makes none) and the logits.
    /// </summary>
    private static long StepBytes(ModelMetadata model, IReadOnlyList<GgufTensor> tensors, ModelOptions options, KvBudget kv)
    {
        long tokens = BatchTokens(options, kv);
        // llama.cpp's own choice is flash attention wherever the device has it.
        bool flash = options.FlashAttention ?? true;
        long cells = kv.Layout == KvLayout.Unified ? kv.Cells : kv.Cells / kv.Sequences;
        long mask = checked(tokens * cells * (flash ? 2 : 4));
        long scores = flash ? 0 : checked(tokens * cells * model.HeadCount.Max() * sizeof(float));
        long inner = checked(3 * tokens * WidestRow(model, tensors) * sizeof(float));
        long logits = checked(tokens * model.VocabularySize * sizeof(float));
        long residual = checked(6 * tokens * model.EmbeddingLength * sizeof(float));
        // Sequences of unequal length are padded to the same number of tokens in each stream.
        long streams = kv.Layout == KvLayout.Streams ? checked((long)kv.Sequences * cells * (flash ? 2 : 4)) : 0;
        return checked(mask + streams + residual + Math.Max(logits, scores + inner));
    }

    /// <summary>The longest row of activations within a block: the outputs of its widest matrix, of all experts used.</summary>
    private static long WidestRow(ModelMetadata model, IReadOnlyList<GgufTensor> tensors)
    {
        long widest = model.EmbeddingLength;
        foreach (GgufTensor tensor in tensors)
        {
            if (tensor.Dimensions.Length < 2 || BlockOf(tensor.Name) is null)
                continue;
            long experts = tensor.Dimensions.Length == 3 ? Math.Max(1, model.ExpertsUsed) : 1;
            widest = Math.Max(widest, checked(tensor.Dimensions[1] * experts));
        }

        return widest;
    }
}
