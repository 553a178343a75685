using System.Globalization;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// Fits which model every cluster starts with and when its answers are escalated, by an exact multiple-choice knapsack over
/// the actions of all clusters; then moves all thresholds at once by what the certification questions allow.
/// </summary>
public static class JointFit
{
    // With a budget, every further plan is fitted to this much less of it.
    private const double BudgetStep = 0.05;

    // Gains lie within -1 and 1, and so do the offsets of early verdicts: beyond this a shift changes nothing.
    private const double LargestShift = 4;

    // Below, the standard error of a mean cost says nothing.
    private const int LeastPriced = 30;

    /// <summary>Fits a plan.</summary>
    /// <param name="questions">What all models answered.</param>
    /// <param name="scores">Per model; null for one whose answers are not judged.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="rules">Per model, when its answers are judged; null for at the end alone.</param>
    /// <exception cref="InfeasiblePlanException">No plan keeps the budget, or budget and share.</exception>
    /// <exception cref="ArgumentException">The parts do not fit together, or a budget is given where costs are not known.</exception>
    public static JointResult Fit(
        JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointOptions options, IReadOnlyList<EarlyRule>? rules = null)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(options);
        options.Guarantee?.Check();
        if (scores.Count != questions.Models.Count || scores.Any(s => s is not null && s.Count != questions.Questions.Count))
            throw new ArgumentException("scores are one per model and question", nameof(scores));
        if (questions.Fit.Count == 0)
            throw new ArgumentException("there are no questions for fitting", nameof(questions));
        if (options.Budget is { } budget && !(budget > 0 && double.IsFinite(budget)))
            throw new ArgumentException("a budget is a positive number of ms", nameof(options));
        if (options.Budget is not null && !questions.Fit.Any(q => questions.Questions[q].IsPriced(options.Metric)))
            throw new ArgumentException($"a budget needs costs, and no question has the {options.Metric} of every model", nameof(options));

        rules ??= [.. scores.Select(_ => EarlyRule.None)];
        int strongest = questions.Strongest(options.Metric);
        int target = options.Target ?? strongest;
        PlanReplay replay = new(questions, scores, rules);
        bool[] judged = [.. scores.Select(s => s is not null)];
        ActionTable table = new(replay, judged, options, target, strongest, questions.Fit);
        PlanSearch search = new(table, options, RightUnits(questions, strongest));
        UnpromisedChoice choice = UnpromisedChoice.Of(replay, judged, options, target, strongest);

        bool common = options is { Mode: JointMode.Joint, Budget: null, Guarantee.Kind: GuaranteeKind.Confidence or GuaranteeKind.Mean }
            && PromisedChoice.IsCommonCheaper(
                replay, judged, options, target, strongest, RightUnits(questions, strongest), LargestShift);

        int points = options.Budget is null || questions.Certify.Count == 0 ? 1 : Math.Max(1, options.Points);
        List<JointResult> tried = [];
        for (int point = 0; point < points; point++)
        {
            double? limit = options.Budget * (1 - BudgetStep * point);
            if (point > 0 && search.LeastCost > limit)
                break;
            if (Try(search, limit, common ? choice with { Kind = PlanKind.Common } : choice, point > 0) is not { } fitted)
                break;
            CascadePlan plan = new([.. fitted.Actions.Select(a => a.Action)], rules);
            tried.Add(Certify(replay, table, plan, options, strongest, points, tried.Count + 1) with { Gap = fitted.Gap, CrossValidated = choice.CrossValidated });
            if (tried[^1].BudgetHolds != false && tried[^1].Certification?.Certified != false)
                break;
        }

        JointResult best = tried.LastOrDefault(t => t.BudgetHolds != false && t.Certification?.Certified != false)
            ?? tried.Find(t => t.Certification?.Certified != false)
            ?? tried[0];
        return best with { Tried = tried.Count, Notices = [.. Notices(questions, scores, best, tried.Count), .. choice.Notices] };
    }

    /// <summary>What any plan gives on some of the questions.</summary>
    public static PlanOutcome Evaluate(
        JudgedQuestions questions, IReadOnlyList<GateScores?> scores, CascadePlan plan, IReadOnlyList<int> among, int strongest)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return PlanOutcome.Of(new(questions, scores, plan.EarlyRules), plan, among, strongest);
    }

    /// <summary>How the promise of a fit fares on halves of the certification questions; null without a promise or questions.</summary>
    /// <param name="questions">What the plan was fitted to.</param>
    /// <param name="scores">As it was fitted with.</param>
    /// <param name="result">The fit.</param>
    /// <param name="splits">How many times.</param>
    /// <param name="seed">Decides the halves.</param>
    public static PromiseResampling? Resample(
        JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointResult result, int splits, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(result);
        if (result.Options.Guarantee is not { Kind: not GuaranteeKind.None } guarantee)
            return null;
        PlanReplay replay = new(questions, scores, result.FittedPlan.EarlyRules);
        return PromiseResampling.Of(
            LosingShifts(replay, result.FittedPlan, questions.Strongest(result.Options.Metric)),
            result.Certification?.Guarantee ?? guarantee,
            splits,
            seed,
            MostShift(result.Options));
    }

    // Only the first point has to exist.
    private static (ActionSums[] Actions, double Gap)? Try(PlanSearch search, double? limit, UnpromisedChoice choice, bool mayFail)
    {
        try
        {
            return search.Find(choice.Kind, limit, choice.Keep);
        }
        catch (InfeasiblePlanException) when (mayFail)
        {
            return null;
        }
    }

    private static JointResult Certify(
        PlanReplay replay, ActionTable table, CascadePlan plan, JointOptions options, int strongest, int points, int tried)
    {
        JudgedQuestions questions = replay.Questions;
        Certification? certification = null;
        CascadePlan shifted = plan;
        if (options.Guarantee is { Kind: not GuaranteeKind.None } guarantee)
        {
            certification = Certification.Certify(
                LosingShifts(replay, plan, strongest),
                guarantee with { Delta = guarantee.Delta / points },
                MostShift(options));
            shifted = Paying(table, plan.Shifted(certification.Shift), strongest);
        }

        UnitMean cost = UnitMean.Of(questions.Certify
            .Where(q => questions.Questions[q].IsPriced(options.Metric))
            .Select(q => (questions.Questions[q].Unit, replay.Deliver(q, shifted.Actions[questions.Questions[q].Cluster]).Charge(options.Metric))));
        bool isKnown = double.IsFinite(cost.Mean) && PricedUnits(questions, options.Metric) >= LeastPriced;
        double? bound = questions.Certify.Count == 0 ? null : isKnown ? cost.Upper(options.CostDelta / points) : double.PositiveInfinity;
        return new()
        {
            Options = options,
            Plan = shifted,
            FittedPlan = plan,
            Target = table.Target,
            Fitted = PlanOutcome.Of(replay, plan, questions.Fit, strongest),
            Certified = questions.Certify.Count == 0 ? null : PlanOutcome.Of(replay, shifted, questions.Certify, strongest),
            CrossValidated = null,
            Certification = certification,
            CostBound = bound,
            BudgetHolds = bound is null || options.Budget is null ? null : bound <= options.Budget,
            Gap = 0,
            Tried = tried,
            Notices = [],
        };
    }

    // With a budget a larger shift would spend more than what the plan was fitted to.
    private static double MostShift(JointOptions options) => options.Budget is null ? LargestShift : 0;

    // The shift may have left gates that escalate nearly all. Where that costs more than the target alone on the questions for
    // fitting, the target answers: it loses nothing, so what was certified still holds.
    private static CascadePlan Paying(ActionTable table, CascadePlan plan, int strongest)
    {
        CascadeAction direct = CascadeAction.Direct(table.Target);
        return plan with
        {
            Actions =
            [
                .. plan.Actions.Select((action, c) => table.Target == strongest && action.IsGated
                    && table.Of(c, action).Cost >= table.Of(c, direct).Cost ? direct : action),
            ],
        };
    }

    private static int PricedUnits(JudgedQuestions questions, CostMetric metric) => questions.Certify
        .Where(q => questions.Questions[q].IsPriced(metric))
        .Select(q => questions.Questions[q].Unit)
        .Distinct()
        .Count();

    private static int RightUnits(JudgedQuestions questions, int strongest) => questions.Certify
        .Where(q => questions.Questions[q].CanBeLost(strongest))
        .Select(q => questions.Questions[q].Unit)
        .Distinct()
        .Count();

    // A question can be lost if any of its runs can; it is lost if any run is.
    private static double[] LosingShifts(PlanReplay replay, CascadePlan plan, int strongest)
    {
        JudgedQuestions questions = replay.Questions;
        return [.. questions.Certify
            .Where(q => questions.Questions[q].CanBeLost(strongest))
            .GroupBy(q => questions.Questions[q].Unit)
            .Select(runs => runs.Min(q => replay.LosingShift(q, plan.Actions[questions.Questions[q].Cluster], strongest)))];
    }

    private static IEnumerable<string> Notices(
        JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointResult result, int tried)
    {
        foreach (int model in Enumerable.Range(0, scores.Count).Where(m => scores[m] is null && m != result.Target))
            yield return $"answers of {questions.Models[model]} are not judged";
        CostMetric metric = result.Options.Metric;
        int unpriced = questions.Fit.Count(q => !questions.Questions[q].IsPriced(metric));
        if (unpriced > 0 && unpriced < questions.Fit.Count)
        {
            string why = metric == CostMetric.Tpot ? ": an answer is below 2 tokens, or its tpot_ms is missing" : "";
            yield return $"{unpriced} of {questions.Fit.Count} questions for fitting have no {metric.Field()} of every model{why}; what plans cost is of the others";
        }

        if (result.Certification is { } certification)
            yield return certification.Sentence;
        if (tried > 1 && result is { Options.Guarantee.Kind: GuaranteeKind.Mean, Certification.Certified: true })
            yield return $"the promise in the mean is that of one plan by itself; this is one of {tried} that were tried on the same questions for certifying";
        if (questions.Certify.Count == 0 && result.CrossValidated is null)
        {
            string budget = result.Options.Budget is null ? "" : ", and the budget is kept on the questions for fitting alone";
            yield return $"no questions were kept for certifying: nothing is promised{budget}";
        }

        if (result is { BudgetHolds: false, CostBound: double.PositiveInfinity })
        {
            int priced = PricedUnits(questions, metric);
            string why = priced < LeastPriced ? $", {LeastPriced} are needed" : "; of some what was charged is not known";
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the budget of {result.Options.Budget:0.######}{metric.Unit()} is not certified: {priced} questions for certifying have the {metric.Field()} of every model{why}");
        }
        else if (result.BudgetHolds == false)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"the budget of {result.Options.Budget:0.######}{result.Options.Metric.Unit()} is not certified: with {1 - result.Options.CostDelta:0%} confidence over {tried} plans the cost is at most {result.CostBound:0.######}{result.Options.Metric.Unit()}");
        }
        else if (result.BudgetHolds == true && tried > 1)
        {
            yield return $"the first {tried - 1} plans were not certified on the budget and all else; this is the next";
        }
    }
}

/// <summary>No plan keeps what was asked for; the message says what the cheapest one that comes near costs.</summary>
/// <param name="message">For the user.</param>
/// <param name="cheapest">The least cost, in ms, at which there is a plan.</param>
public sealed class InfeasiblePlanException(string message, double cheapest) : Exception(message)
{
    /// <summary>The least cost, in ms, at which there is a plan.</summary>
    public double Cheapest { get; } = cheapest;
}
