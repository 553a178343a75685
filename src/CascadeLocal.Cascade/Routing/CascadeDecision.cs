namespace CascadeLocal.Cascade.Routing;

/// <summary>Who starts to answer a request, and why.</summary>
public sealed record CascadeDecision
{
    /// <summary>Names the request everywhere: in the answer, in logs.</summary>
    public required string Id { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The request's cluster; null where it was not embedded.</summary>
    public string? Cluster { get; init; }

    /// <summary>The distance of the query's embedding from the middle of its cluster; null where it was not measured.</summary>
    public double? CentroidDistance { get; init; }

    /// <summary>The cluster's member, or the policy's default one; null where no policy was asked.</summary>
    public string? StageOneModel { get; init; }

    /// <summary>The member that starts.</summary>
    public required string Model { get; init; }

    /// <summary>The members up to <see cref="Model"/>; those passed over are marked.</summary>
    public required IReadOnlyList<PathStep> Path { get; init; }

    /// <summary>Why <see cref="Model"/>.</summary>
    public required RoutingReason Reason { get; init; }

    /// <summary>Names the policy in force; null without one.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>What is promised of the answer as far as is known before it: <see cref="Promise"/>.</summary>
    public string Guarantee { get; init; } = Promise.None;

    /// <summary>Under which mode it was decided; a request that names its member is served alike in all.</summary>
    public CascadeMode Mode { get; init; } = CascadeMode.Cascade;

    /// <summary>The strongest of the policy's members that the pool has; null where no policy was asked.</summary>
    internal string? Strongest { get; init; }

    /// <summary>In mode shadow, what the cascade would do; null where no policy was asked.</summary>
    internal CascadeDecision? Shadow { get; init; }

    /// <summary>The members that answer one after the other while answers are rejected; empty where none is judged.</summary>
    public IReadOnlyList<string> EscalatesTo => [.. (Escalation?.Rungs ?? []).Skip(1).Select(r => r.Model)];

    /// <summary><see cref="Model"/> and who answers if its answer is rejected; null for that member alone.</summary>
    internal EscalationPath? Escalation { get; init; }

    /// <summary>The members that answer where all of these fail, best first.</summary>
    internal IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>What embedding and assignment took; null where neither was done.</summary>
    public TimeSpan? EmbedTime { get; init; }
}
