using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Server.Configuration;

/// <summary>One layer of settings on how models are served; a null leaves the choice to the next layer.</summary>
public sealed record EngineSettings
{
    /// <summary>Tokens one sequence can hold.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences decoded in one batch.</summary>
    public int? Parallel { get; init; }

    /// <summary>Threads of one decode.</summary>
    public int? Threads { get; init; }

    /// <summary>Layers on the GPU; -1 is all.</summary>
    public int? GpuLayers { get; init; }

    /// <summary>Prompt tokens evaluated in one step beside running decodes.</summary>
    public int? PrefillBudget { get; init; }

    /// <summary>The layout of the KV cache.</summary>
    public KvLayout? KvLayout { get; init; }

    /// <summary>Cells of a unified KV cache.</summary>
    public int? KvCells { get; init; }

    /// <summary>Requests that may wait for a sequence.</summary>
    public int? MaxQueue { get; init; }

    /// <summary>This layer laid over a weaker one.</summary>
    internal EngineSettings Over(EngineSettings weaker) => new()
    {
        ContextLength = ContextLength ?? weaker.ContextLength,
        Parallel = Parallel ?? weaker.Parallel,
        Threads = Threads ?? weaker.Threads,
        GpuLayers = GpuLayers ?? weaker.GpuLayers,
        PrefillBudget = PrefillBudget ?? weaker.PrefillBudget,
        KvLayout = KvLayout ?? weaker.KvLayout,
        KvCells = KvCells ?? weaker.KvCells,
        MaxQueue = MaxQueue ?? weaker.MaxQueue,
    };

    /// <summary>The settings for one file; what is still open takes the engine's defaults.</summary>
    internal ModelOptions For(string path)
    {
        ModelOptions defaults = new() { Path = path };
        return defaults with
        {
            ContextLength = ContextLength,
            Parallel = Parallel ?? defaults.Parallel,
            Threads = Threads,
            GpuLayers = GpuLayers,
            PrefillBudget = PrefillBudget,
            KvLayout = KvLayout ?? defaults.KvLayout,
            KvCells = KvCells,
            MaxQueue = MaxQueue ?? defaults.MaxQueue,
        };
    }
}
