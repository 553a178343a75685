using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Loading;

/// <summary>What is free before a model is loaded.</summary>
/// <param name="Ram">Bytes of the machine's memory.</param>
/// <param name="Gpus">Bytes of each GPU's.</param>
internal sealed record FreeMemory(long Ram, IReadOnlyList<long> Gpus)
{
    /// <summary>Both in words.</summary>
    public string InWords => Gpus.Count == 0
        ? $"{MemoryShare.Mebibytes(Ram)} are free"
        : $"{MemoryShare.Mebibytes(Ram)} are free, and {MemoryShare.Mebibytes(Gpus.Sum())} of {Gpus.Count} GPUs";

    /// <summary>What is free now.</summary>
    public static FreeMemory Now(NativeBackend backend) => new(SystemMemory.AvailableBytes(), GpuMemory.FreeBytes(backend));

    /// <summary>Whether there is room for all of these.</summary>
    public bool Holds(params ReadOnlySpan<MemoryNeed> needs)
    {
        long ram = 0;
        long gpu = 0;
        foreach (MemoryNeed need in needs)
            (ram, gpu) = (checked(ram + need.Ram.Total), checked(gpu + need.Gpu.Total));
        return ram <= Ram && gpu <= Gpus.Sum();
    }
}

/// <summary>Refuses a model that would not fit, before anything of it is allocated.</summary>
internal static class MemoryCheck
{
    private const int ContextStep = 256;

    /// <summary>Throws unless the model fits into every kind of memory it needs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tensors">Its tensors, and those of its adapters.</param>
    /// <param name="options">How it is served; prefill budget and GPU layers are set.</param>
    /// <param name="free">What is free.</param>
    /// <exception cref="ModelLoadException">It does not fit; the reason has the figures, and what would fit.</exception>
    public static void Require(ModelMetadata model, IReadOnlyList<GgufTensor> tensors, ModelOptions options, FreeMemory free)
    {
        MemoryNeed need = MemoryNeed.Of(model, tensors, options, free.Gpus.Count);
        long gpuFree = free.Gpus.Sum();
        if (free.Holds(need))
            return;

        string reason = string.Join("; ", new[]
        {
            Shortage("memory", need.Ram, free.Ram),
            Shortage(free.Gpus.Count == 1 ? "GPU memory" : $"memory of {free.Gpus.Count} GPUs", need.Gpu, gpuFree),
        }.Where(text => text is not null));
        string[] remedies = [.. Remedies()];
        string remedy = remedies.Length > 0
            ? $"{string.Join(" or ", remedies)} would fit"
            : "no smaller context or fewer sequences would fit";
        throw new ModelLoadException(options.Path, "memory", $"{reason}; {remedy}");

        bool FitsWith(ModelOptions changed) => free.Holds(MemoryNeed.Of(model, tensors, changed, free.Gpus.Count));

        IEnumerable<string> Remedies()
        {
            KvBudget kv = KvBudget.Plan(options, model);
            int context = kv.ContextLength;
            bool isShared = options is { KvLayout: KvLayout.Unified, KvCells: not null };
            if (!isShared && Largest((context - 1) / ContextStep, steps => FitsWith(options with { ContextLength = steps * ContextStep })) is { } steps)
                yield return Text($"ctx {steps * ContextStep}");
            if (isShared && Largest((options.KvCells!.Value - 1) / ContextStep, steps => FitsWith(options with { KvCells = steps * ContextStep })) is { } cells)
                yield return Text($"kv_cells {cells * ContextStep}");
            if (Largest(kv.Sequences - 1, parallel => FitsWith(options with { Parallel = parallel })) is { } parallel)
                yield return Text($"parallel {parallel}");
            if (need.Gpu.Total > gpuFree && Largest(model.BlockCount, layers => FitsWith(options with { GpuLayers = layers })) is { } gpuLayers)
                yield return Text($"gpu_layers {gpuLayers}");
        }
    }

    /// <summary>The largest number from 1 to <paramref name="most"/> that fits, where all smaller ones fit too; null if 1 does not.</summary>
    private static int? Largest(int most, Func<int, bool> fits)
    {
        int low = 0;
        while (low < most)
        {
            int middle = low + ((most - low + 1) / 2);
            if (fits(middle))
                low = middle;
            else
                most = middle - 1;
        }

        return low == 0 ? null : low;
    }

    private static string? Shortage(string memory, MemoryShare need, long free) => need.Total <= free
        ? null
        : $"{need.InWords(memory)}, but {MemoryShare.Mebibytes(free)} are free";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
