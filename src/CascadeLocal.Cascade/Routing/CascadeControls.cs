namespace CascadeLocal.Cascade.Routing;

/// <summary>What a request asks of the cascade itself.</summary>
public sealed record CascadeControls
{
    /// <summary>A request that asks for nothing.</summary>
    public static CascadeControls None { get; } = new();

    /// <summary>
    /// The share of the strongest member's right answers that shall be kept, 0 to 1; null for the policy's. At 1 the strongest
    /// answers; any other share is not fitted anew, and is promised only where the policy promises as much.
    /// </summary>
    public double? Keep { get; init; }

    /// <summary>The most that the request may take (E2EL); when it is over, the best answer so far is delivered.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Whether another member may answer where the first one's answer is rejected.</summary>
    public bool AllowEscalation { get; init; } = true;

    /// <summary>The most escalations; null for the configured number.</summary>
    public int? MaxEscalations { get; init; }
}
