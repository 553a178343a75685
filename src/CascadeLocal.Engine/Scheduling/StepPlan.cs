using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>One step's batch and whose tokens are in it. Valid until the next one is planned.</summary>
internal readonly ref struct StepPlan
{
    /// <summary>What llama.cpp gets.</summary>
    public required StepBatch Batch { get; init; }

    /// <summary>The sequences in it.</summary>
    public required ReadOnlySpan<PlannedChunk> Chunks { get; init; }

    /// <summary>Sequences that decode one token.</summary>
    public required int DecodeTokens { get; init; }

    /// <summary>Drafted tokens that are verified behind them.</summary>
    public required int DraftTokens { get; init; }

    /// <summary>Prompt tokens.</summary>
    public required int PrefillTokens { get; init; }
}
