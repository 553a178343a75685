using CascadeLocal.Calibration.Fitting;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What the policy is expected to give on questions it was not fitted to.</summary>
/// <param name="Accuracy">The mean of how right the answers are.</param>
/// <param name="TpotMs">The mean time per output token, or null where it was not measured.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
/// <param name="EscalationRate">The share of the requests that are answered again by a stronger model.</param>
public sealed record ExpectedReport(double Accuracy, double? TpotMs, double? E2elMs, double EscalationRate)
{
    internal static ExpectedReport Of(RoutingOutcome outcome) => new(outcome.Accuracy, outcome.TpotMs, outcome.E2elMs, 0);
}
