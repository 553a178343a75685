using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Routing.Policies;

/// <summary>Stage 2 of a policy: when the answer of a cluster's member is judged, and who answers instead.</summary>
public sealed record EscalationPolicy
{
    /// <summary>
    /// What is done with the queries of each cluster, in the order of <see cref="Policy.Statistics"/>; models are indices into
    /// <see cref="Policy.Members"/>, and the certified shift is in all thresholds.
    /// </summary>
    public required IReadOnlyList<CascadeAction> Actions { get; init; }

    /// <summary>When the answers of each member are judged, in the order of <see cref="Policy.Members"/>.</summary>
    public required IReadOnlyList<EarlyRule> EarlyRules { get; init; }

    /// <summary>Who judges the answers of each member; null for one whose answers are not judged.</summary>
    public required IReadOnlyList<MemberJudge?> Judges { get; init; }

    /// <summary>
    /// What is made of the whole answer of a member where that of an earlier one was rejected right before: by indices into
    /// <see cref="Policy.Members"/>. Other answers are judged alone.
    /// </summary>
    public IReadOnlyDictionary<(int Member, int Earlier), Agreement> Agreements { get; init; } = new Dictionary<(int, int), Agreement>();

    /// <summary>How a query's embedding becomes the query part of the judges' features; null where they do not see the query.</summary>
    public QueryProjection? Projection { get; init; }

    /// <summary>The member that is escalated to: an index into <see cref="Policy.Members"/>.</summary>
    public required int Target { get; init; }

    /// <summary>What is promised; null where nothing was asked for. Its kind is none where nothing could be certified.</summary>
    public Guarantee? Guarantee { get; init; }

    /// <summary>
    /// Per member the share of its rejected answers' verified tokens that the target would have said itself, as measured;
    /// null where it was not. Only where it exceeds the target's break-even share does verifying them pay.
    /// </summary>
    public required IReadOnlyList<double?> AcceptedShares { get; init; }

    /// <summary>What users are told to expect, from the questions for certifying.</summary>
    public PolicyExpectation? Expected { get; init; }
}

/// <summary>What a policy gave on the questions for certifying.</summary>
/// <param name="Questions">How many there were.</param>
/// <param name="Accuracy">The share that was answered right.</param>
/// <param name="StrongestAccuracy">That of the strongest member alone.</param>
/// <param name="Tpot">Mean charged TPOT in ms; null where it is not known.</param>
/// <param name="E2el">Mean E2EL in ms; null where it is not known.</param>
/// <param name="EscalationRate">The share of the requests that were escalated.</param>
/// <param name="AcceptProbability">The mean of p_own at the verdicts at the end of an answer; null where there was none.</param>
public sealed record PolicyExpectation(
    int Questions,
    double Accuracy,
    double StrongestAccuracy,
    double? Tpot,
    double? E2el,
    double EscalationRate,
    double? AcceptProbability)
{
    /// <summary>Mean cost of a request, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }
}
