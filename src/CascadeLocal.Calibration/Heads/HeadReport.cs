using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Heads;

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

/// <summary>What each group of features is worth: the head is trained again without it.</summary>
public static class HeadAblation
{
    /// <summary>For every group of the layout, how good a head is without it; null where none could be fitted.</summary>
    public static IReadOnlyList<(FeatureGroup Without, HeadReport? Report)> Run(HeadRows rows, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        return [.. rows.Layout.Groups.Distinct().Select(group => (
            group, HeadTrainer.Train(rows, options with { Without = options.Without.Append(group).ToHashSet() }).Report))];
    }
}
