namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>Whether live traffic is still what the policy was fitted for.</summary>
public sealed record DriftReport
{
    /// <summary>Whether it is not.</summary>
    public required bool Alarm { get; init; }

    /// <summary>Why, one sentence each.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>How many delivered requests the policy has routed.</summary>
    public required int Requests { get; init; }

    /// <summary>Live cluster shares against the fit; null where there are too few requests.</summary>
    public required ClusterDriftReport? Clusters { get; init; }

    /// <summary>Escalations against what was expected; null where nothing was, or there are too few requests.</summary>
    public required RateDriftReport? Escalation { get; init; }

    /// <summary>Feedback against what was predicted; null where there is too little of it.</summary>
    public required CalibrationDriftReport? Calibration { get; init; }

    /// <summary>What could not be told, one sentence each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
