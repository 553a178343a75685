using CascadeLocal.Cascade.Shadows;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>How a request went.</summary>
public sealed record CascadeOutcome
{
    /// <summary>How it began.</summary>
    public required CascadeDecision Decision { get; init; }

    /// <summary>The member whose answer was delivered, or that failed.</summary>
    public required string Model { get; init; }

    /// <summary>All members on the way, in order.</summary>
    public required IReadOnlyList<PathStep> Path { get; init; }

    /// <summary>
    /// The passes that ended, in order, but the one that was delivered last. A pass that failed is not among them; none is if
    /// the request failed or was left.
    /// </summary>
    public required IReadOnlyList<CascadePass> Passes { get; init; }

    /// <summary>What was made of the answers that were judged, in order.</summary>
    public IReadOnlyList<CascadeVerdict> Verdicts { get; init; } = [];

    /// <summary>Whether a pass was rejected and a stronger member answered.</summary>
    public bool Escalated { get; init; }

    /// <summary>The probability that the answer is right that was judged last; null where none was judged.</summary>
    public double? AcceptProbability { get; init; }

    /// <summary>The probability, judged with it, that the target's answer is right; null where none was judged.</summary>
    public double? TargetProbability { get; init; }

    /// <summary>What is promised of the answer: <see cref="Promise"/>.</summary>
    public string Guarantee { get; init; } = Promise.None;

    /// <summary>Tokens of a rejected answer that were offered to the stronger member.</summary>
    public int DraftTokensOffered { get; init; }

    /// <summary>Tokens of a rejected answer that the stronger member verified and kept.</summary>
    public int DraftTokensReused { get; init; }

    /// <summary>For how long, from its first token on, the delivered answer was held back until the verdict on it.</summary>
    public TimeSpan HeldFor { get; init; }

    /// <summary>The last question, in the user's own words. Null where nobody asked to keep it.</summary>
    public string? Query { get; init; }

    /// <summary>The text that was delivered. Null where nobody asked to keep it.</summary>
    public string? Answer { get; init; }

    /// <summary>The first member that should have answered and did not, with the reason, as <c>base (full)</c>; null if none.</summary>
    public string? FallbackReason { get; init; }

    /// <summary>Whether the request's time ran out, and what there was until then was delivered.</summary>
    public bool BudgetExhausted { get; init; }

    /// <summary>
    /// Whether something is still worked out beside it: then <see cref="ICascadeObserver.OnShadowed"/> follows, with
    /// <see cref="Shadow"/> if that went well.
    /// </summary>
    public bool AwaitsShadow { get; init; }

    /// <summary>What was worked out beside it; null where nothing was, or not yet.</summary>
    public ShadowOutcome? Shadow { get; init; }

    /// <summary>What ended the request before its answer was whole; null if nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the caller left, which is no fault of a member.</summary>
    public bool Cancelled { get; init; }

    /// <summary>The pass that was delivered; null unless the answer is whole.</summary>
    public GenerationResult? Delivered => Error is null && Passes.Count > 0 ? Passes[^1].Result : null;
}
