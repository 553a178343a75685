using System.Diagnostics;

using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cascade.Policies;

/// <summary>Who shall answer a request, before it is asked who can.</summary>
internal sealed record RoutePlan
{
    /// <summary>The request's cluster, if it has one.</summary>
    public string? Cluster { get; init; }

    /// <summary>How far the query is from the middle of its cluster; null where it was not embedded.</summary>
    public double? CentroidDistance { get; init; }

    /// <summary>How likely that is for a query of the fitted kind, as <see cref="CascadeDecision.NoveltyPValue"/>.</summary>
    public double? NoveltyPValue { get; init; }

    /// <summary>Whether the query is unlike all that the policy was fitted to.</summary>
    public bool IsNovel { get; init; }

    /// <summary>Whether labels say something of requests of its kind; of others nothing is promised.</summary>
    public bool KnowsKind { get; init; }

    /// <summary>The cluster's member, or the default one; null without a policy.</summary>
    public string? StageOneMember { get; init; }

    /// <summary>Why the first candidate is the first.</summary>
    public required RoutingReason Reason { get; init; }

    /// <summary>The members that may answer, best first.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>The first candidate, and who answers if its answer is rejected.</summary>
    public required EscalationPath Path { get; init; }

    /// <summary>What is promised where the first candidate answers.</summary>
    public Promise Guarantee { get; init; } = Promise.None;

    /// <summary>The strongest of the policy's members that the pool has; null without a policy.</summary>
    public string? Strongest { get; init; }

    /// <summary>What is promised where that one answers.</summary>
    public Promise StrongestGuarantee { get; init; } = Promise.None;

    /// <summary>Names the policy; null without one.</summary>
    public string? PolicyVersion { get; init; }

    /// <summary>What embedding and assignment took; null where neither was done.</summary>
    public TimeSpan? EmbedTime { get; init; }

    /// <summary>When both were done, as <see cref="Stopwatch.GetTimestamp"/>; 0 where neither was.</summary>
    public long EmbeddedAt { get; init; }

    /// <summary>The plan of a query that was embedded; of one too far from what the policy was fitted to nothing is promised.</summary>
    /// <param name="distance">From the query to the middle of its cluster.</param>
    /// <param name="boundary">What is too far; null where nothing is.</param>
    /// <param name="embedTime">What embedding and assignment took.</param>
    /// <param name="embeddedAt">When both were done.</param>
    public RoutePlan At(double distance, NoveltyBoundary? boundary, TimeSpan embedTime, long embeddedAt)
    {
        bool isNovel = boundary?.IsNovel(distance) == true;
        return this with
        {
            CentroidDistance = distance,
            NoveltyPValue = boundary?.PValue(distance),
            IsNovel = isNovel,
            Guarantee = isNovel ? Guarantee.Without("novel") : Guarantee,
            StrongestGuarantee = isNovel ? StrongestGuarantee.Without("novel") : StrongestGuarantee,
            EmbedTime = embedTime,
            EmbeddedAt = embeddedAt,
        };
    }

    /// <summary>The plan of a request: of one whose kind no label is of nothing is promised.</summary>
    /// <param name="knowsKind">Whether labels are.</param>
    public RoutePlan Of(bool knowsKind) => this with
    {
        KnowsKind = knowsKind,
        Guarantee = knowsKind ? Guarantee : Guarantee.Without("kind"),
        StrongestGuarantee = knowsKind ? StrongestGuarantee : StrongestGuarantee.Without("kind"),
    };
}
