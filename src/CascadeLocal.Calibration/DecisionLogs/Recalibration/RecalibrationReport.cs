namespace CascadeLocal.Calibration.DecisionLogs.Recalibration;

/// <summary>What <c>cascade fit --from-log</c> found.</summary>
public sealed record RecalibrationReport
{
    /// <summary>The version of the policy, as logs name it.</summary>
    public required string Policy { get; init; }

    /// <summary>Delivered requests that it routed.</summary>
    public required int Requests { get; init; }

    /// <summary>The members that are judged.</summary>
    public required IReadOnlyList<MemberRecalibration> Members { get; init; }

    /// <summary>Whether any judge was changed, and so the policy.</summary>
    public required bool Changed { get; init; }

    /// <summary>What the policy promises now: confidence, mean or none.</summary>
    public required string Guarantee { get; init; }

    /// <summary>What else is to be known.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
