namespace CascadeLocal.Cascade.Routing;

/// <summary>Why a request starts with the member it starts with.</summary>
public enum RoutingReason
{
    /// <summary>It is the member of the request's cluster.</summary>
    Cluster,

    /// <summary>It gave the conversation's last answer, and the cluster's member is cheaper.</summary>
    Conversation,

    /// <summary>The member that should answer cannot; this is the next best.</summary>
    Fallback,

    /// <summary>There is no text to route by, or it could not be embedded: the policy's default member.</summary>
    Default,

    /// <summary>No policy is in force: the strongest member that is ready.</summary>
    NoPolicy,

    /// <summary>The request wants to keep all of the strongest member's right answers.</summary>
    Keep,

    /// <summary>Mode shadow: the strongest member answers everything.</summary>
    Shadow,

    /// <summary>The request names it.</summary>
    Pinned,
}
