namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>Escalations against what the questions for certifying gave.</summary>
/// <param name="Live">The share of the requests that was escalated.</param>
/// <param name="Expected">The share that was expected.</param>
/// <param name="PValue">The chance of a difference as large where nothing has changed.</param>
/// <param name="AcceptProbability">The mean judged chance that the first member's answer is right; null where nothing was judged.</param>
/// <param name="ExpectedAcceptProbability">What it was at verdicts at the end of answers; null where there was none.</param>
public sealed record RateDriftReport(
    double Live, double Expected, double PValue, double? AcceptProbability, double? ExpectedAcceptProbability);
