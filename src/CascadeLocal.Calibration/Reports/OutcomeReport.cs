using CascadeLocal.Calibration.Fitting;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What a way to answer gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Accuracy">The mean of how right the answers are.</param>
/// <param name="TpotMs">The mean time per output token, or null where it was not measured.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
public sealed record OutcomeReport(string Name, double Accuracy, double? TpotMs, double? E2elMs)
{
    internal static OutcomeReport Of(string name, RoutingOutcome outcome) => new(name, outcome.Accuracy, outcome.TpotMs, outcome.E2elMs);
}
