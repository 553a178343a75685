namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>A request of a decision log, as far as reports need it.</summary>
internal sealed record LoggedRequest
{
    /// <summary>Names the request in feedback.</summary>
    public required string Id { get; init; }

    /// <summary>The name of the key that it came with; null where there was none.</summary>
    public required string? Key { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset? Time { get; init; }

    /// <summary>ok, cancelled or failed.</summary>
    public required string Status { get; init; }

    /// <summary>The version of the policy in force; null without one.</summary>
    public required string? Policy { get; init; }

    /// <summary>Why it began where it began.</summary>
    public required string Reason { get; init; }

    /// <summary>The cluster's name; null where it was not embedded.</summary>
    public required string? Cluster { get; init; }

    /// <summary>Whether it is unlike all that the policy was fitted to; logs of versions that did not ask say that it is not.</summary>
    public required bool IsNovel { get; init; }

    /// <summary>The member that delivered.</summary>
    public required string Model { get; init; }

    /// <summary>All members on the way.</summary>
    public required string Path { get; init; }

    /// <summary>Whether an answer was rejected.</summary>
    public required bool Escalated { get; init; }

    /// <summary>The judged chance that the answer which was judged last is right.</summary>
    public required double? Own { get; init; }

    /// <summary>The chance that the target's would be, judged with it.</summary>
    public required double? Target { get; init; }

    /// <summary>What it took.</summary>
    public required LoggedCost Cost { get; init; }

    /// <summary>Tokens of a rejected answer that were offered to the stronger member.</summary>
    public required int DraftOffered { get; init; }

    /// <summary>Those it kept.</summary>
    public required int DraftReused { get; init; }

    /// <summary>Whether another member answered than the one that should have.</summary>
    public required bool FellBack { get; init; }

    /// <summary>In shadow mode, what the cascade would have done.</summary>
    public required LoggedShadow? Shadow { get; init; }

    /// <summary>What the strongest member says, where it was asked beside the cascade.</summary>
    public required LoggedShadow? Strongest { get; init; }

    /// <summary>Why the cascade begins, or would have begun, where it does.</summary>
    public string RoutedReason => Shadow?.Reason ?? Reason;

    /// <summary>Whether the cascade rejected an answer, or would have.</summary>
    public bool CascadeEscalated => Shadow?.Escalated ?? Escalated;

    /// <summary>The chance judged last by the cascade, served or not.</summary>
    public double? CascadeOwn => Shadow is { } shadow ? shadow.Own : Own;

    /// <summary>Both answers to it; null where there is but one.</summary>
    public LoggedComparison? Comparison => (Shadow, Strongest) switch
    {
        ({ } cascade, _) => new(Id, Cost, cascade.Cost, cascade.Escalated, cascade.Agrees, IsStrongestServed: true),
        (_, { } strongest) => new(Id, strongest.Cost, Cost, Escalated, strongest.Agrees, IsStrongestServed: false),
        _ => null,
    };

    /// <summary>Whether the policy, and not the caller, chose the member.</summary>
    public bool IsRouted => Reason != "pinned";

    /// <summary>Whether an answer was delivered.</summary>
    public bool IsDelivered => Status == "ok";
}

/// <summary>
/// What was worked out beside a request: what the cascade would have done where the strongest member answered, or what that member
/// says where the cascade did.
/// </summary>
/// <param name="Model">The member whose answer it would have delivered.</param>
/// <param name="Path">The members it would have asked.</param>
/// <param name="Escalated">Whether it would have dropped an answer.</param>
/// <param name="Own">The judged chance that the answer which was judged last is right.</param>
/// <param name="Target">The chance that the target's would be, judged with it.</param>
/// <param name="Reason">Why it would have begun where it would have; null where that is not known.</param>
/// <param name="Cost">What it would have been charged.</param>
/// <param name="Agrees">Whether its answer says the same as the delivered one; null where that is not known.</param>
internal sealed record LoggedShadow(string Model, string Path, bool Escalated, double? Own, double? Target, string? Reason, LoggedCost Cost, bool? Agrees);

/// <summary>A request that both the strongest member and the cascade answered, one of them for nobody to see.</summary>
/// <param name="Id">Names the request in feedback.</param>
/// <param name="Strongest">What the strongest member took.</param>
/// <param name="Cascade">What the cascade was charged, or would have been.</param>
/// <param name="Escalated">Whether the cascade dropped an answer.</param>
/// <param name="Agrees">Whether both answers say the same; null where that is not known.</param>
/// <param name="IsStrongestServed">Whether it was the strongest member's answer that was delivered, so that feedback is about it.</param>
internal sealed record LoggedComparison(string Id, LoggedCost Strongest, LoggedCost Cascade, bool Escalated, bool? Agrees, bool IsStrongestServed);
