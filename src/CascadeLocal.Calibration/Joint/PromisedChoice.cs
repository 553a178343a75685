using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// Where a share is promised and no budget limits the search: whether every cluster gets thresholds of its own or all share one. Both
/// are fitted to four fifths of the questions for fitting; the fifths left out play the part of the certification questions, and the
/// one that costs less after their shift is taken. The certification questions themselves have no say.
/// </summary>
internal static class PromisedChoice
{
    private const int Folds = 5;

    /// <summary>Whether one threshold for all clusters costs less.</summary>
    /// <param name="replay">The questions, and how they are judged.</param>
    /// <param name="judged">Per model, whether its answers can be judged.</param>
    /// <param name="options">What is asked for; with a promise.</param>
    /// <param name="target">The model that is escalated to.</param>
    /// <param name="strongest">The model that losses are counted against.</param>
    /// <param name="labels">The certification questions that the strongest model answers right.</param>
    /// <param name="largestShift">No shift is larger.</param>
    public static bool IsCommonCheaper(
        PlanReplay replay, IReadOnlyList<bool> judged, JointOptions options, int target, int strongest, int labels, double largestShift)
    {
        JudgedQuestions table = replay.Questions;
        if (table.Fit.Count < Folds)
            return false;
        int[] folds = Heads.Folds.Of(
            [.. table.Fit.Select(q => table.Questions[q].Unit)],
            [.. table.Fit.Select(q => table.Questions[q].Answers[strongest].Correct)],
            Folds,
            0);
        CascadeAction[][] own = new CascadeAction[Folds][];
        CascadeAction[][] common = new CascadeAction[Folds][];
        for (int f = 0; f < Folds; f++)
        {
            PlanSearch search = new(
                new(replay, judged, options, target, strongest, [.. table.Fit.Where((_, i) => folds[i] != f)]), options, labels);
            own[f] = Actions(search.Find(PlanKind.Gated, null, 0).Actions);
            common[f] = Actions(search.Find(PlanKind.Common, null, 0).Actions);
        }

        double Cost(CascadeAction[][] plans) => CostAfterShift(
            replay, options, strongest, largestShift, [.. table.Fit.Select((q, i) => (q, plans[folds[i]][table.Questions[q].Cluster]))]);
        return Cost(common) < Cost(own);
    }

    private static CascadeAction[] Actions(ActionSums[] sums) => [.. sums.Select(s => s.Action)];

    private static double CostAfterShift(
        PlanReplay replay, JointOptions options, int strongest, double largestShift, IReadOnlyList<(int Question, CascadeAction Action)> rows)
    {
        JudgedQuestions table = replay.Questions;
        double[] losing =
        [
            .. rows.Where(r => table.Questions[r.Question].CanBeLost(strongest))
                .GroupBy(r => table.Questions[r.Question].Unit)
                .Select(runs => runs.Min(r => replay.LosingShift(r.Question, r.Action, strongest))),
        ];
        double shift = Certification.Certify(losing, options.Guarantee!, largestShift).Shift;
        return rows.Where(r => table.Questions[r.Question].IsPriced(options.Metric))
            .Select(r => replay.Deliver(r.Question, r.Action.Shifted(shift)).Charge(options.Metric))
            .DefaultIfEmpty(0)
            .Average();
    }
}
