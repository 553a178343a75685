using System.Globalization;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Engine.Loading;

/// <summary>The KV cache that a model gets, and whether it fits into memory. Decided before llama.cpp allocates it.</summary>
internal sealed record KvBudget
{
    /// <summary>llama.cpp rounds a sequence's cells up to this.</summary>
    private const int CellAlignment = 256;

    /// <summary>The layout; never <see cref="KvLayout.Auto"/>.</summary>
    public required KvLayout Layout { get; init; }

    /// <summary>Tokens one sequence can hold.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Cells in all, as llama.cpp will allocate them.</summary>
    public required int Cells { get; init; }

    /// <summary>What they take.</summary>
    public required long Bytes { get; init; }

    /// <summary>Works out the KV cache of a model.</summary>
    /// <exception cref="ModelLoadException">The options cannot be served with this model or this machine's memory.</exception>
    public static KvBudget Plan(ModelOptions options, ModelMetadata model, long availableBytes)
    {
        int context = options.ContextLength ?? Math.Min(model.ContextLength, 8192);
        Require(options.Path, "parallel", options.Parallel is >= 1 and <= 64, $"is {options.Parallel}; 1 to 64 sequences are possible");
        Require(options.Path, "ctx", context >= 1, $"is {context}; a context has at least one token");
        Require(
            options.Path, "ctx", context <= model.ContextLength,
            $"is {context}, but the model was trained for {model.ContextLength} tokens");

        // Streams are the faster layout wherever it was measured (docs/kv-cache.md).
        KvLayout layout = options.KvLayout == KvLayout.Auto ? KvLayout.Streams : options.KvLayout;
        long wanted = layout == KvLayout.Unified && options.KvCells is { } cells
            ? cells
            : (long)options.Parallel * Align(context);
        Require(options.Path, "kv_cells", wanted >= 1, $"is {wanted}; a KV cache has at least one cell");
        wanted = Align(wanted);
        Require(options.Path, "kv cache", wanted <= int.MaxValue, $"would have {wanted} cells");
        long bytes = checked(wanted * model.KvBytesPerToken(GgmlType.F16, GgmlType.F16));
        Require(
            options.Path, "kv cache", bytes <= availableBytes,
            $"{options.Parallel} sequences of {context} tokens need {Mebibytes(bytes)}, but {Mebibytes(availableBytes)} of memory are free; lower ctx or parallel");
        return new KvBudget
        {
            Layout = layout,
            ContextLength = (int)Math.Min(context, wanted),
            Cells = (int)wanted,
            Bytes = bytes,
        };
    }

    private static long Align(long cells) => (cells + CellAlignment - 1) / CellAlignment * CellAlignment;

    private static string Mebibytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024.0):N1} MiB");

    private static void Require(string path, string field, bool holds, string reason)
    {
        if (!holds)
            throw new ModelLoadException(path, field, reason);
    }
}
