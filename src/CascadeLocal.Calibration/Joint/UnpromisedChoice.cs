using System.Globalization;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// Where nothing is promised, and a share of the strongest model's accuracy is to be kept: a plan that just keeps it on the
/// questions it was chosen by mostly misses it on others. So plans of several kinds and for several shares are fitted to four fifths of the
/// questions and judged by the fifth that is left, for several cuts; the cheapest that keeps the share there, and one standard error of it
/// to spare, is taken: of many plans the cheapest is mostly one that was lucky. The strongest model alone always keeps it.
/// </summary>
/// <param name="Kind">What may be chosen.</param>
/// <param name="Keep">The share to fit to.</param>
/// <param name="CrossValidated">What such plans give on the questions left out; null where that was not looked at.</param>
/// <param name="Notices">Sentences for the user.</param>
internal sealed record UnpromisedChoice(PlanKind Kind, double Keep, PlanOutcome? CrossValidated, IReadOnlyList<string> Notices)
{
    private const int Folds = 5;
    private const int Shares = 12;
    private const double Step = 0.01;

    // Of more questions one cut says as much, and several take their time.
    private const int MostQuestionsRepeated = 1_000;
    private const int Repeats = 3;

    public static UnpromisedChoice Of(PlanReplay replay, IReadOnlyList<bool> judged, JointOptions options, int target, int strongest)
    {
        double keep = options.Guarantee?.Keep ?? 0;
        JudgedQuestions table = replay.Questions;
        if (options.Guarantee is not { Kind: GuaranteeKind.None } || table.Fit.Count < Folds)
            return new(PlanKind.Gated, keep, null, []);
        Cuts cuts = new(replay, judged, options, target, strongest);
        if (options.Budget is not null)
            return WithinBudget(cuts, options, keep);
        // That the strongest answers all is a plan too, and the last resort.
        HeldOut alone = cuts.Judge(PlanKind.Strongest, keep)!;
        if (options.IsUniform)
            return Uniform(cuts, options, keep, alone);

        PlanKind[] kinds = options.Mode switch
        {
            JointMode.StageOne => [PlanKind.Routed],
            JointMode.StageOneThenTwo => [PlanKind.Gated],
            // Thresholds of single gates rest on few answers each, and of so many plans the cheapest is a lucky one.
            _ => [PlanKind.Routed, PlanKind.Common],
        };
        (PlanKind Kind, double Keep, HeldOut Result) best = (PlanKind.Strongest, keep, alone);
        foreach (PlanKind kind in kinds)
        {
            for (int s = 0; s < Shares; s++)
            {
                double share = keep + s * Step;
                HeldOut next = cuts.Judge(kind, share)!;
                if (Pays(next, best.Result, alone, options.Metric) && next.Margin.Mean >= next.Margin.StandardError)
                    best = (kind, share, next);
            }
        }

        return new(best.Kind, best.Keep, cuts.Outcome(best.Result), best.Kind != PlanKind.Strongest ? [] : [string.Create(
            CultureInfo.InvariantCulture,
            $"no cheaper plan kept {keep:0.####} of the strongest model's accuracy on questions left out of its fit, with one standard error to spare; {table.Models[strongest]} answers all")]);
    }

    // What costs less has to do so by request and by token.
    private static bool Pays(HeldOut next, HeldOut than, HeldOut alone, CostMetric metric) =>
        next.Cost < than.Cost * (1 - 1e-9) && (metric != CostMetric.Tpot || !(next.CostByToken >= alone.CostByToken));

    // Fitted to the share itself: the one threshold is hardly ever a lucky one.
    private static UnpromisedChoice Uniform(Cuts cuts, JointOptions options, double keep, HeldOut alone)
    {
        HeldOut held = cuts.Judge(PlanKind.Uniform, keep)!;
        if (!Pays(held, alone, alone, options.Metric))
            return new(PlanKind.Strongest, keep, cuts.Outcome(alone), []);
        PlanOutcome outcome = cuts.Outcome(held);
        return new(PlanKind.Uniform, keep, outcome, held.Margin.Mean >= 0 ? [] : [string.Create(
            CultureInfo.InvariantCulture,
            $"on questions left out of its fit the plan keeps {outcome.Accuracy / outcome.StrongestAccuracy:0.000} ± {held.Margin.StandardError / outcome.StrongestAccuracy:0.000} of the strongest model's accuracy, not {keep:0.####}; so few questions do not tell more")]);
    }

    private static UnpromisedChoice WithinBudget(Cuts cuts, JointOptions options, double keep)
    {
        if (cuts.Judge(PlanKind.Gated, keep, options.Budget) is not { } held)
        {
            return new(PlanKind.Gated, keep, null, [
                "on parts of the questions no plan keeps budget and share, so what the plan gives on others is not known"]);
        }

        PlanOutcome outcome = cuts.Outcome(held);
        return new(PlanKind.Gated, keep, outcome, held.Margin.Mean >= 0 ? [] : [string.Create(
            CultureInfo.InvariantCulture,
            $"on questions left out of its fit the plan keeps {outcome.Accuracy / outcome.StrongestAccuracy:0.000} of the strongest model's accuracy, not {keep:0.####}; within this budget nothing safer was looked for")]);
    }

    /// <summary>What plans that were fitted without them give on questions.</summary>
    /// <param name="Margin">What is right, less the share to keep of what the strongest model has right.</param>
    /// <param name="Cost">The mean charge.</param>
    /// <param name="CostByToken">All charged decode time over all gaps, in ms; NaN where it is not known.</param>
    /// <param name="Rows">Per cut and question what was done.</param>
    private sealed record HeldOut(UnitMean Margin, double Cost, double CostByToken, IReadOnlyList<(int Question, CascadeAction Action)> Rows);

    /// <summary>The questions for fitting, cut into fifths several times, with a search for each part that is left.</summary>
    private sealed class Cuts
    {
        private readonly PlanReplay _replay;
        private readonly JointOptions _options;
        private readonly int _strongest;
        private readonly (int[] FoldOf, PlanSearch[] Searches)[] _cuts;

        public Cuts(PlanReplay replay, IReadOnlyList<bool> judged, JointOptions options, int target, int strongest)
        {
            (_replay, _options, _strongest) = (replay, options, strongest);
            JudgedQuestions table = replay.Questions;
            _cuts = [.. Enumerable.Range(0, table.Fit.Count > MostQuestionsRepeated ? 1 : Repeats).Select(repeat =>
            {
                int[] folds = Heads.Folds.Of(
                    [.. table.Fit.Select(q => table.Questions[q].Unit)],
                    [.. table.Fit.Select(q => table.Questions[q].Answers[strongest].Correct)],
                    Folds,
                    (ulong)repeat);
                return (folds, Enumerable.Range(0, Folds).Select(f => new PlanSearch(
                    new(replay, judged, options, target, strongest, [.. table.Fit.Where((_, i) => folds[i] != f)]), options, 0)).ToArray());
            })];
        }

        /// <summary>Fits and judges; null where a part has no plan.</summary>
        public HeldOut? Judge(PlanKind kind, double share, double? budget = null)
        {
            JudgedQuestions table = _replay.Questions;
            List<(int Question, CascadeAction Action)> rows = [];
            foreach ((int[] foldOf, PlanSearch[] searches) in _cuts)
            {
                CascadeAction[][] plans;
                try
                {
                    plans = [.. searches.Select(s => s.Find(kind, budget, share).Actions.Select(a => a.Action).ToArray())];
                }
                catch (InfeasiblePlanException)
                {
                    return null;
                }

                rows.AddRange(foldOf.Select((fold, i) => (table.Fit[i], plans[fold][table.Questions[table.Fit[i]].Cluster])));
            }

            double keep = _options.Guarantee!.Keep;
            List<(int Unit, double Value)> margins = [];
            (double cost, double decoding, double gaps) = (0, 0, 0);
            foreach ((int q, CascadeAction action) in rows)
            {
                JudgedQuestion question = table.Questions[q];
                Delivery delivery = _replay.Deliver(q, action);
                margins.Add((question.Unit, question.Answers[delivery.Model].Correct - keep * question.Answers[_strongest].Correct));
                if (!question.IsPriced(_options.Metric))
                    continue;
                cost += delivery.Charge(_options.Metric);
                decoding += delivery.DecodeTime;
                gaps += delivery.Gaps;
            }

            return new(UnitMean.Of(margins), cost / rows.Count, decoding / gaps, rows);
        }

        public PlanOutcome Outcome(HeldOut held) => PlanOutcome.Of(_replay, held.Rows, _strongest, _cuts.Length);
    }
}

/// <summary>What a plan may be made of.</summary>
internal enum PlanKind
{
    /// <summary>The strongest model answers all.</summary>
    Strongest,

    /// <summary>A model per cluster; no answer is judged.</summary>
    Routed,

    /// <summary>Answers may be judged: the same path for all clusters, and thresholds in proportion to what asking the next model costs.</summary>
    Uniform,

    /// <summary>Answers may be judged, with one threshold for all clusters and gates.</summary>
    Common,

    /// <summary>Answers may be judged, with a threshold per cluster and gate.</summary>
    Gated,
}
