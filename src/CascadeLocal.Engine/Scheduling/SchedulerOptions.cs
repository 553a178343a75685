namespace CascadeLocal.Engine.Scheduling;

/// <summary>The bounds a scheduler works within.</summary>
internal sealed record SchedulerOptions
{
    /// <summary>Sequences in the KV cache, and so the most that run at once.</summary>
    public required int Parallel { get; init; }

    /// <summary>Prompt tokens evaluated in one step.</summary>
    public required int PrefillBudget { get; init; }

    /// <summary>Whether prompts start from what is cached.</summary>
    public required bool PrefixCache { get; init; }

    /// <summary>Cells that idle sequences may hold in a shared KV cache.</summary>
    public required int MaxIdleCells { get; init; }
}
