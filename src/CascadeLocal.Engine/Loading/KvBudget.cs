using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Engine.Loading;

/// <summary>The KV cache that a model gets, decided before llama.cpp allocates it.</summary>
internal sealed record KvBudget
{
    private const string Field = "kv_type";

    /// <summary>llama.cpp rounds a sequence's cells up to this.</summary>
    private const int CellAlignment = 256;

    /// <summary>The layout; never <see cref="KvLayout.Auto"/>.</summary>
    public required KvLayout Layout { get; init; }

    /// <summary>How keys and values are stored.</summary>
    public required GgmlType Type { get; init; }

    /// <summary>Sequences that it holds at once.</summary>
    public required int Sequences { get; init; }

    /// <summary>Tokens one sequence can hold.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Cells in all, as llama.cpp will allocate them.</summary>
    public required int Cells { get; init; }

    /// <summary>What they take, with the states of recurrent layers.</summary>
    public required long Bytes { get; init; }

    /// <summary>Works out the KV cache of a model.</summary>
    /// <exception cref="ModelLoadException">The options cannot be served with this model.</exception>
    public static KvBudget Plan(ModelOptions options, ModelMetadata model)
    {
        int context = options.ContextLength ?? Math.Min(model.ContextLength, ModelOptions.DefaultContextLength);
        int parallel = options.Parallel ?? ModelOptions.DefaultParallel;
        Require(options.Path, "parallel", parallel is >= 1 and <= 64, $"is {parallel}; 1 to 64 sequences are possible");
        Require(options.Path, "ctx", context >= 1, $"is {context}; a context has at least one token");
        Require(
            options.Path, "ctx", context <= model.ContextLength,
            $"is {context}, but the model was trained for {model.ContextLength} tokens");

        // Streams are the faster layout wherever it was measured (docs/kv-cache.md); states of recurrent layers have no cells to share.
        KvLayout layout = options.KvLayout == KvLayout.Auto || Architectures.WithoutAttention.Contains(model.Architecture)
            ? KvLayout.Streams
            : options.KvLayout;
        long wanted = layout == KvLayout.Unified && options.KvCells is { } cells
            ? cells
            : (long)parallel * Align(context);
        Require(options.Path, "kv_cells", wanted >= 1, $"is {wanted}; a KV cache has at least one cell");
        wanted = Align(wanted);
        Require(options.Path, "kv cache", wanted <= int.MaxValue, $"would have {wanted} cells");
        GgmlType type = TypeOf(options, model);
        long bytes = checked((wanted * model.KvBytesPerToken(type, type)) + (parallel * model.StateBytes.Sum()));
        return new KvBudget
        {
            Layout = layout,
            Type = type,
            Sequences = parallel,
            ContextLength = (int)Math.Min(context, wanted),
            Cells = (int)wanted,
            Bytes = bytes,
        };
    }

    private static GgmlType TypeOf(ModelOptions options, ModelMetadata model)
    {
        if (options.KvType == KvType.F16)
            return GgmlType.F16;
        GgmlType type = options.KvType == KvType.Q8 ? GgmlType.Q8_0 : GgmlType.Q4_0;
        string name = options.KvType.Name();
        Require(options.Path, Field, options.FlashAttention != false, $"is {name}, but quantised values need flash attention, which is switched off");
        RequireWholeBlocks("keys", model.KeyLength);
        RequireWholeBlocks("values", model.ValueLength);
        return type;

        void RequireWholeBlocks(string what, int length)
        {
            int block = type.Block().Elements;
            Require(options.Path, Field, length % block == 0, $"is {name}, whose blocks have {block} elements, but the {what} of a head have {length}");
        }
    }

    private static long Align(long cells) => (cells + CellAlignment - 1) / CellAlignment * CellAlignment;

    private static void Require(string path, string field, bool holds, string reason)
    {
        if (!holds)
            throw new ModelLoadException(path, field, reason);
    }
}
