using CascadeLocal.Contracts;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Routing.Policies;

/// <summary>What was fitted: all that is needed to send a query to a member, and to do so again for another pool or budget.</summary>
public sealed record Policy
{
    /// <summary>The version of the form that a policy has on disk; others are refused.</summary>
    public const int Version = 1;

    /// <summary>
    /// Questions of one kind from which on they say something of that kind: the share of right answers among so many is known to 10 points
    /// (95 %). Of fewer beside many of another kind only these others say anything.
    /// </summary>
    public const int FewestOfKind = 100;

    /// <summary>Who turns queries into points.</summary>
    public required PolicyEmbedder Embedder { get; init; }

    /// <summary>The models, in the order of <see cref="Statistics"/>.</summary>
    public required IReadOnlyList<PolicyMember> Members { get; init; }

    /// <summary>The middles of the clusters, in the order of <see cref="Statistics"/>.</summary>
    public required Centroids Centroids { get; init; }

    /// <summary>What was measured of every model on every cluster.</summary>
    public required PoolStatistics Statistics { get; init; }

    /// <summary>What the routing was fitted for; a change of the pool fits it again.</summary>
    public required StageOneOptions Options { get; init; }

    /// <summary>The model of each cluster: indices into <see cref="Members"/>.</summary>
    public required IReadOnlyList<int> Assignment { get; init; }

    /// <summary>Who answers a conversation without any text to embed: an index into <see cref="Members"/>.</summary>
    public required int DefaultMember { get; init; }

    /// <summary>What is known of single queries beyond their clusters; null where there were too few labels, or none were read for it.</summary>
    public ForecastRule? Forecast { get; init; }

    /// <summary>When answers are judged and escalated; null for a policy without Stage 2.</summary>
    public EscalationPolicy? Escalation { get; init; }

    /// <summary>Which queries are unlike all that it was fitted to; null where none is ever said to be.</summary>
    public NoveltyBoundary? Novelty { get; init; }

    /// <summary>
    /// How many questions of each kind say what is promised: those for certifying, else those for fitting. Null where that was not written
    /// down: then all were plain.
    /// </summary>
    public IReadOnlyDictionary<RequestKind, int>? Kinds { get; init; }

    /// <summary>How right was told from wrong, where that was not by known answers: <c>agreement</c>; else null.</summary>
    public string? GradedBy { get; init; }

    /// <summary>What each member costs on average under the metric; 0 of one of which that is not known, so that it is never dearer than another.</summary>
    public IReadOnlyList<double> Costs => [.. Statistics.Models.Select(m => m.Cost(Options.Metric).PoolFigure(Statistics.Clusters) ?? 0)];

    /// <summary>Whether it says something of requests of a kind.</summary>
    public bool Knows(RequestKind kind) => Knows(Kinds, kind);

    /// <summary>Whether labels say something of a kind: there are <see cref="FewestOfKind"/> of it, or all are of it.</summary>
    /// <param name="kinds">As <see cref="Kinds"/>.</param>
    /// <param name="kind">The kind.</param>
    public static bool Knows(IReadOnlyDictionary<RequestKind, int>? kinds, RequestKind kind) => kinds is null
        ? kind == RequestKind.Plain
        : kinds.GetValueOrDefault(kind) is > 0 and int count && (count >= FewestOfKind || count == kinds.Values.Sum());
}

/// <summary>A model that a policy was fitted for.</summary>
/// <param name="Name">Its name in the pool and in <see cref="Policy.Statistics"/>.</param>
/// <param name="Fingerprint">Of its file, or null where the labels did not say which file gave them.</param>
public sealed record PolicyMember(string Name, string? Fingerprint);

/// <summary>The embedder whose vectors a policy's centroids were found among.</summary>
/// <param name="Name">For people, such as <c>all-MiniLM-L6-v2</c>.</param>
/// <param name="Fingerprint">As <see cref="Embedding.IEmbedder.Fingerprint"/>; vectors of another one mean nothing here.</param>
/// <param name="Dimensions">Length of a vector.</param>
public sealed record PolicyEmbedder(string Name, string Fingerprint, int Dimensions);

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
