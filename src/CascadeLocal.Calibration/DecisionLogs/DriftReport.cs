namespace CascadeLocal.Calibration.DecisionLogs;

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

    /// <summary>Novel requests against what may be expected; null where the policy tells none apart, or there are too few requests.</summary>
    public required NoveltyDriftReport? Novelty { get; init; }

    /// <summary>Escalations against what was expected; null where nothing was, or there are too few requests.</summary>
    public required RateDriftReport? Escalation { get; init; }

    /// <summary>Feedback against what was predicted; null where there is too little of it.</summary>
    public required CalibrationDriftReport? Calibration { get; init; }

    /// <summary>What could not be told, one sentence each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}

/// <summary>Live cluster shares against the fit.</summary>
/// <param name="TotalVariation">The share of the requests that would have to be in other clusters for the shares to be equal.</param>
/// <param name="PValue">The chance of shares this different where nothing has changed (chi-square).</param>
/// <param name="Shares">Of every cluster.</param>
public sealed record ClusterDriftReport(double TotalVariation, double PValue, IReadOnlyList<ClusterShareReport> Shares);

/// <summary>The share of a cluster.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Live">Its share of the live requests.</param>
/// <param name="Fit">Its share of the questions that it was fitted to.</param>
public sealed record ClusterShareReport(string Cluster, double Live, double Fit);

/// <summary>Novel requests against what there may be of the fitted kind.</summary>
/// <param name="Live">The share of the requests that is novel.</param>
/// <param name="Alpha">The greatest share to expect.</param>
/// <param name="PValue">The chance of a share as much above that where nothing has changed; 1 where it is not above.</param>
public sealed record NoveltyDriftReport(double Live, double Alpha, double PValue);

/// <summary>Escalations against what the questions for certifying gave.</summary>
/// <param name="Live">The share of the requests that was escalated.</param>
/// <param name="Expected">The share that was expected.</param>
/// <param name="PValue">The chance of a difference as large where nothing has changed.</param>
/// <param name="AcceptProbability">The mean judged chance that the first member's answer is right; null where nothing was judged.</param>
/// <param name="ExpectedAcceptProbability">What it was at verdicts at the end of answers; null where there was none.</param>
public sealed record RateDriftReport(
    double Live, double Expected, double PValue, double? AcceptProbability, double? ExpectedAcceptProbability);

/// <summary>Feedback on judged answers against what was predicted of them. It sees delivered answers only.</summary>
/// <param name="N">How many answers.</param>
/// <param name="Predicted">The mean predicted chance of being right.</param>
/// <param name="Observed">The mean of what was said.</param>
/// <param name="PValue">The chance of a difference as large from calibrated predictions.</param>
/// <param name="Ece">The expected calibration error, ten bins of equal mass.</param>
public sealed record CalibrationDriftReport(int N, double Predicted, double Observed, double PValue, double? Ece);
