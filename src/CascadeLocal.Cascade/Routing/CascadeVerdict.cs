namespace CascadeLocal.Cascade.Routing;

/// <summary>What was made of a member's answer.</summary>
public sealed record CascadeVerdict
{
    /// <summary>The request, as <see cref="CascadeDecision.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary>The member whose answer was judged.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the answer was found good enough.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Whether it was judged before its end.</summary>
    public bool Early { get; init; }

    /// <summary>Tokens of the answer that had been decoded.</summary>
    public int OutputTokens { get; init; }

    /// <summary>The judged probability that the answer is right.</summary>
    public double? AcceptProbability { get; init; }

    /// <summary>The judged probability that the stronger member's answer is right.</summary>
    public double? TargetProbability { get; init; }

    /// <summary>The member that answers instead; null where the answer is accepted, and where nobody else could answer.</summary>
    public string? EscalatesTo { get; init; }
}
