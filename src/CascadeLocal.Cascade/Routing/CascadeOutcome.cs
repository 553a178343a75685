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

    /// <summary>The passes that ended, in order; the last one was delivered. Empty if the first pass failed or was left.</summary>
    public required IReadOnlyList<CascadePass> Passes { get; init; }

    /// <summary>Whether a pass was rejected and a stronger member answered.</summary>
    public bool Escalated { get; init; }

    /// <summary>The judged probability that the first member's answer is right; null where nothing was judged.</summary>
    public double? AcceptProbability { get; init; }

    /// <summary>The judged probability that the stronger member's answer is right; null where nothing was judged.</summary>
    public double? TargetProbability { get; init; }

    /// <summary>What is promised of the answer: <c>confidence</c>, <c>mean</c> or <c>none</c>.</summary>
    public string Guarantee { get; init; } = "none";

    /// <summary>Tokens of a rejected answer that were offered to the stronger member.</summary>
    public int DraftTokensOffered { get; init; }

    /// <summary>Tokens of a rejected answer that the stronger member verified and kept.</summary>
    public int DraftTokensReused { get; init; }

    /// <summary>The last question, in the user's own words. Null where nobody asked to keep it.</summary>
    public string? Query { get; init; }

    /// <summary>The text that was delivered. Null where nobody asked to keep it.</summary>
    public string? Answer { get; init; }

    /// <summary>Why another member than the one that should have answered did; null if it did.</summary>
    public string? FallbackReason { get; init; }

    /// <summary>What ended the request before its answer was whole; null if nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the caller left, which is no fault of a member.</summary>
    public bool Cancelled { get; init; }

    /// <summary>The pass that was delivered; null unless the answer is whole.</summary>
    public GenerationResult? Delivered => Error is null && Passes.Count > 0 ? Passes[^1].Result : null;
}
