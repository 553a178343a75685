using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What a plan gives on the questions that were not fitted to, or where there are none on those that were.</summary>
/// <param name="Accuracy">The mean of how right the delivered answers are.</param>
/// <param name="Retained">Of the strongest model's accuracy; null where that is 0.</param>
/// <param name="DifferenceLow">The least that the accuracy is above the strongest's, paired, at 95 %.</param>
/// <param name="DifferenceHigh">The most.</param>
/// <param name="TpotMs">Mean charged time per output token.</param>
/// <param name="TokenTpotMs">The same by tokens: all charged time over all gaps.</param>
/// <param name="E2elMs">Mean latency.</param>
/// <param name="EscalationRate">The share of the requests that are answered again.</param>
/// <param name="Losses">Answers of the plan that are worse than the strongest's.</param>
/// <param name="Gains">Answers of the plan that are better than the strongest's.</param>
/// <param name="Gates">How many clusters have judged answers.</param>
/// <param name="Assignment">The models of each cluster, in the order in which they are asked.</param>
public sealed record PlanReport(
    double Accuracy,
    double? Retained,
    double DifferenceLow,
    double DifferenceHigh,
    double? TpotMs,
    double? TokenTpotMs,
    double? E2elMs,
    double EscalationRate,
    int Losses,
    int Gains,
    int Gates,
    IReadOnlyDictionary<string, string> Assignment)
{
    /// <summary>The mean cost of a request, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }

    /// <summary>Its TPOT against the strongest model alone, by both means; null where it is not known, or the plan is that model.</summary>
    public BothMeans? Pays { get; init; }

    internal static PlanReport? Of(CascadeFit fit, JointResult? result)
    {
        if (result is null)
            return null;
        CascadePlan plan = result.Plan;
        PlanOutcome outcome = result.Expected ?? JointFit.Evaluate(fit.Questions, fit.Scores, plan, fit.Shown, fit.Strongest);
        CascadePlan alone = new(
            [.. plan.Actions.Select(_ => CascadeAction.Direct(fit.Strongest))], [.. plan.EarlyRules.Select(_ => EarlyRule.None)]);
        PlanOutcome strongest = JointFit.Evaluate(fit.Questions, fit.Scores, alone, fit.Shown, fit.Strongest);
        return new(
            outcome.Accuracy,
            outcome.StrongestAccuracy > 0 ? outcome.Accuracy / outcome.StrongestAccuracy : null,
            outcome.Difference.Low,
            outcome.Difference.High,
            outcome.Tpot,
            outcome.TokenWeightedTpot,
            outcome.E2el,
            outcome.EscalationRate,
            outcome.Losses,
            outcome.Gains,
            plan.Actions.Count(a => a.IsGated),
            plan.Actions.Select((a, c) => (fit.StageOne.Fit.Statistics.Clusters[c].Name, Path: string.Join(" > ", a.Path.Select(m => fit.Questions.Models[m]))))
                .ToDictionary(a => a.Name, a => a.Path))
        {
            Cost = outcome.Cost,
            Pays = plan.Actions.All(a => a.Start == fit.Strongest)
                ? null
                : BothMeans.Of(outcome.Tpot, strongest.Tpot, outcome.TokenWeightedTpot, strongest.TokenWeightedTpot),
        };
    }
}
