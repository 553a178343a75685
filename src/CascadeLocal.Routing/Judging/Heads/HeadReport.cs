using CascadeLocal.Routing.Judging.Measures;

namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>How good a head is on answers it was not trained on. A measure that is undefined there is null.</summary>
/// <param name="Rows">How many answers.</param>
/// <param name="Auroc">Chance that a right answer scores above a wrong one.</param>
/// <param name="AveragePrecision">Mean precision over recall.</param>
/// <param name="ErrorBefore">Expected calibration error of the bare scores.</param>
/// <param name="ErrorAfter">The same after calibration, by curves fitted to the other folds.</param>
/// <param name="RiskArea">Area under the risk-coverage curve.</param>
public sealed record HeadReport(
    int Rows, double? Auroc, double? AveragePrecision, double? ErrorBefore, double? ErrorAfter, double? RiskArea)
{
    internal static HeadReport Of(double[] scores, double[] probabilities, double[] labels) => new(
        labels.Length,
        Ranking.Auroc(scores, labels),
        Ranking.AveragePrecision(scores, labels),
        CalibrationError.Expected([.. scores.Select(s => 1 / (1 + Math.Exp(-s)))], labels),
        CalibrationError.Expected(probabilities, labels),
        RiskCoverage.Area(scores, labels));
}
