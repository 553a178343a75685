using CascadeLocal.Routing.Judging.EarlyVerdicts;
using CascadeLocal.Routing.Judging.Joint;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Fits a plan, early verdicts under it, and the plan again with them.</summary>
internal static class PlanFit
{
    /// <exception cref="InfeasiblePlanException">No plan keeps what was asked for.</exception>
    public static JointResult Fit(JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointOptions options)
    {
        // One point: the certification questions have no say in the plan that the early verdicts are fitted under.
        JointResult first = JointFit.Fit(questions, scores, options with { Points = 1 });
        EarlyRule[] rules = [.. scores.Select((s, m) => s is null
            ? EarlyRule.None
            : EarlyRuleFit.Fit(questions, s, m, first.FittedPlan, options.Metric))];
        bool isSame = rules.All(rule => rule.Checkpoints.Count == 0) && (options.Budget is null || options.Points == 1);
        return isSame ? first : JointFit.Fit(questions, scores, options, rules);
    }
}
