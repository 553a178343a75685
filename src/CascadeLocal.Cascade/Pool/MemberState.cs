namespace CascadeLocal.Cascade.Pool;

/// <summary>Where a pool member is in its life.</summary>
public enum MemberState
{
    /// <summary>Not yet loaded.</summary>
    Loading,

    /// <summary>Answers requests.</summary>
    Ready,

    /// <summary>Could not be loaded; <see cref="PoolMember.FailureReason"/> says why.</summary>
    Failed,

    /// <summary>Finishes what runs and takes nothing new.</summary>
    Draining,
}
