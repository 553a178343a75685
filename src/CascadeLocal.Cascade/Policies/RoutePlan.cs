using System.Diagnostics;

using CascadeLocal.Routing.Judging;
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

/// <summary>Who answers a request, and who if that answer is rejected. The last one's answer is delivered in any case.</summary>
/// <param name="Rungs">The members in order; at least one.</param>
/// <param name="Query">What judges are told of the query; null where nothing is judged.</param>
/// <param name="Reduced">The query's reduced embedding; empty where no judge sees it.</param>
internal sealed record EscalationPath(IReadOnlyList<Rung> Rungs, RoutedQuery? Query = null, ReadOnlyMemory<float> Reduced = default)
{
    /// <summary>One member, whose answer is not judged.</summary>
    public static EscalationPath Direct(string member) => new([new Rung(member)]);

    /// <summary>The members behind the first.</summary>
    public IReadOnlyList<string> EscalatesTo => [.. Rungs.Skip(1).Select(r => r.Member)];

    /// <summary>The path as it is from a member on; one that is not on it answers unjudged.</summary>
    public EscalationPath From(string member)
    {
        for (int i = 0; i < Rungs.Count; i++)
        {
            if (Rungs[i].Member == member)
                return i == 0 ? this : this with { Rungs = [.. Rungs.Skip(i)] };
        }

        return Direct(member);
    }

    /// <summary>Whether the answer of a rung may be rejected.</summary>
    public bool IsGated(int rung) => rung < Rungs.Count - 1;

    /// <summary>Begins to judge an answer of a rung; null where none is judged.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="earlier">The whole answer that was rejected right before; null where there is none.</param>
    public RunningVerdict? Judge(int rung, EarlierAnswer? earlier)
    {
        if (Rungs[rung].Gate is not { } gate || Query is null)
            return null;
        FeatureLayout layout = gate.Judge.Layout;
        ReadOnlyMemory<float> reduced = layout.QueryDimensions == 0 ? default : Reduced;
        Comparison? comparison = earlier is not null && gate.Agreements.TryGetValue(earlier.Member, out Agreement? agreement)
            ? new(agreement, earlier)
            : null;
        return new(gate.Judge, gate.Rule, gate.Threshold, new AnswerReader(layout, Query.Text, Query.Cluster, reduced), comparison);
    }
}

/// <summary>A member on the way of a request.</summary>
/// <param name="Member">The member.</param>
/// <param name="Gate">How its answer is judged; null where it is not.</param>
/// <param name="AcceptedShare">
/// The share of its rejected answers' tokens that the target would have said itself; null where that was not measured.
/// </param>
internal sealed record Rung(string Member, Gate? Gate = null, double? AcceptedShare = null);

/// <summary>How the answers of a member are judged.</summary>
/// <param name="Judge">By whom.</param>
/// <param name="Rule">When, before their end.</param>
/// <param name="Threshold">τ: an answer whose gain is above it is escalated.</param>
internal sealed record Gate(MemberJudge Judge, EarlyRule Rule, double Threshold)
{
    private static readonly Dictionary<string, Agreement> None = [];

    /// <summary>What is made of it where the whole answer of another member was rejected right before, by that member.</summary>
    public IReadOnlyDictionary<string, Agreement> Agreements { get; init; } = None;

    /// <summary>Judges at the end and accepts everything: the probability alone is wanted.</summary>
    public static Gate Observing(MemberJudge judge) => new(judge, EarlyRule.None, double.PositiveInfinity);
}

/// <summary>The text that a conversation is routed by, and where it lies.</summary>
/// <param name="Text">The text.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Vector">Its embedding.</param>
internal sealed record RoutedQuery(string Text, int Cluster, float[] Vector);
