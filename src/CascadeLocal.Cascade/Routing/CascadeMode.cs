namespace CascadeLocal.Cascade.Routing;

/// <summary>Who answers requests that name no member.</summary>
public enum CascadeMode
{
    /// <summary>The policy's members: routed, judged and escalated.</summary>
    Cascade,

    /// <summary>The strongest member; what the cascade would have done is worked out beside it.</summary>
    Shadow,
}
