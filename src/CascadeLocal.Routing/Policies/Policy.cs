using CascadeLocal.Contracts;
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
