using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class JointTests
{
    private const double Close = 1e-9;

    [Fact]
    public void Without_gates_the_plan_is_that_of_exact_routing() => Gen.Select(Tables.Any(certify: false), Gen.Double[0, 1]).Sample((table, share) =>
    {
        PoolStatistics pool = Tables.Statistics(table);
        ExactRouter router = new(pool, new CostTable(pool, CostMetric.Tpot, CostBasis.Model));
        double budget = router.LeastCost + share * (Enumerable.Range(0, 3).Max(m => table.Cost(m, CostMetric.Tpot, table.Fit)) - router.LeastCost);
        ExactPlan exact = router.Solve(Budget.Limit(budget))!;
        JointResult stageOne = JointFit.Fit(table, [null, null, null], new() { Mode = JointMode.StageOne, Budget = budget });
        JointResult joint = JointFit.Fit(table, [null, null, null], new() { Budget = budget });
        Assert.Equal(exact.Plan.Accuracy, stageOne.Fitted.Accuracy, Close);
        Assert.Equal(exact.Plan.Cost, stageOne.Fitted.Tpot!.Value, 1e-6);
        Assert.Equal(stageOne.Fitted.Accuracy, joint.Fitted.Accuracy, Close);
    }, iter: 200);

    [Fact]
    public void The_plan_is_the_best_of_all_combinations_of_actions_under_a_budget() => Gen.Select(Tables.Any(certify: false), Gen.Double[0, 1]).Sample((table, share) =>
    {
        GateScores?[] scores = Tables.Scores(table);
        List<(double Accuracy, double Cost, double Losses)> all = Tables.AllPlans(table, scores);
        double least = all.Min(p => p.Cost);
        double budget = least + share * (all.Max(p => p.Cost) - least);
        JointResult found = JointFit.Fit(table, scores, new() { Budget = budget, LeastRows = 1, Thresholds = 3 });
        Assert.Equal(all.Where(p => p.Cost <= budget * (1 + Close)).Max(p => p.Accuracy), found.Fitted.Accuracy, Close);
        Assert.True(found.Fitted.Tpot <= budget * (1 + 1e-6));
        Assert.Equal(0, found.Gap);
    }, iter: 100);

    [Fact]
    public void The_plan_is_the_cheapest_of_all_that_keep_a_share() => Gen.Select(Tables.Any(certify: false), Gen.Double[0.5, 0.999]).Sample((table, keep) =>
    {
        GateScores?[] scores = Tables.Scores(table);
        double strongest = table.Accuracy(table.Strongest(CostMetric.Tpot), table.Fit);
        double least = Tables.AllPlans(table, scores).Where(p => p.Accuracy >= keep * strongest - Close).Min(p => p.Cost);
        JointOptions options = new() { Guarantee = new(GuaranteeKind.None, keep), LeastRows = 1, Thresholds = 3 };
        ActionSums[] found = new PlanSearch(Tables.Actions(table, scores, options), options, 0).Find(PlanKind.Gated, null, keep).Actions;
        Assert.True(found.Sum(a => a.Accuracy) >= keep * strongest - 1e-7);
        Assert.Equal(least, found.Sum(a => a.Cost), 1e-6);
    }, iter: 100);

    [Fact]
    public void Both_stages_together_are_never_worse_than_the_first_alone() => Gen.Select(Tables.Any(certify: false), Gen.Double[0, 1]).Sample((table, share) =>
    {
        GateScores?[] scores = Tables.Scores(table);
        double budget = Enumerable.Range(0, 3).Min(m => table.Cost(m, CostMetric.Tpot, table.Fit)) * (1 + share);
        JointOptions options = new() { Budget = budget, LeastRows = 1, Thresholds = 5 };
        JointResult joint = JointFit.Fit(table, scores, options);
        Assert.True(joint.Fitted.Accuracy >= JointFit.Fit(table, scores, options with { Mode = JointMode.StageOne }).Fitted.Accuracy - Close);
    }, iter: 100);

    [Fact]
    public void Stage_one_alone_fitted_to_a_budget_overshoots_it_once_answers_are_escalated()
    {
        JudgedQuestions table = Tables.Cascade(600, certify: 0, informative: true);
        GateScores?[] scores = Tables.CascadeScores(table);
        JointOptions options = new() { Budget = 12 };
        JointResult separate = JointFit.Fit(table, scores, options with { Mode = JointMode.StageOneThenTwo });
        JointResult joint = JointFit.Fit(table, scores, options);
        Assert.True(separate.Fitted.Tpot > 12);
        Assert.True(joint.Fitted.Tpot <= 12 * (1 + Close));
        Assert.True(joint.Fitted.Accuracy > JointFit.Fit(table, scores, options with { Mode = JointMode.StageOne }).Fitted.Accuracy);
    }

    [Fact]
    public void A_cascade_that_does_not_pay_is_not_chosen()
    {
        // The scores say nothing, so that an escalation costs both answers and finds no more errors than a draw.
        JudgedQuestions table = Tables.Cascade(2000, certify: 0, informative: false);
        JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), new() { Guarantee = new(GuaranteeKind.None, 0.99) });
        Assert.All(found.Plan.Actions, a => Assert.False(a.IsGated));
        JudgedQuestions informative = Tables.Cascade(2000, certify: 0, informative: true);
        JointResult gated = JointFit.Fit(informative, Tables.CascadeScores(informative), new() { Guarantee = new(GuaranteeKind.None, 0.99) });
        Assert.Contains(gated.Plan.Actions, a => a.IsGated);
        Assert.True(gated.Fitted.Tpot < found.Fitted.Tpot);
    }

    [Fact]
    public void A_certified_plan_keeps_what_it_promises_on_questions_never_seen()
    {
        JudgedQuestions table = Tables.Cascade(6000, certify: 2000, informative: true);
        GateScores?[] scores = Tables.CascadeScores(table);
        JointResult found = JointFit.Fit(table, scores, new() { Guarantee = new(GuaranteeKind.Confidence, 0.98) });
        Assert.True(found.Certification!.Certified);
        Assert.InRange(found.Certification.Bound, 0, 0.02);
        JudgedQuestions fresh = Tables.Cascade(6000, certify: 0, informative: true, seed: 99);
        PlanOutcome outcome = JointFit.Evaluate(fresh, Tables.CascadeScores(fresh), found.Plan, fresh.Fit, fresh.Strongest(CostMetric.Tpot));
        Assert.InRange(outcome.Losses / (outcome.StrongestAccuracy * outcome.Questions), 0.003, 0.025);
        Assert.True(outcome.Tpot < 0.9 * fresh.Cost(1, CostMetric.Tpot, fresh.Fit));
        Assert.Equal(outcome.Accuracy - outcome.StrongestAccuracy, (outcome.Gains - outcome.Losses) / (double)outcome.Questions, Close);
    }

    [Fact]
    public void With_too_few_labels_the_target_answers_all_and_a_sentence_says_how_many_are_missing()
    {
        JudgedQuestions table = Tables.Cascade(500, certify: 100, informative: true);
        JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), new() { Guarantee = new(GuaranteeKind.Confidence, 0.99) });
        Assert.False(found.Certification!.Certified);
        Assert.Equal(299 - found.Certification.Questions, found.Certification.LabelsMissing);
        Assert.All(found.Plan.Actions, a => Assert.Equal([1], a.Path));
        Assert.Contains(found.Notices, n => n.Contains("missing", StringComparison.Ordinal));
    }

    [Fact]
    public void A_promise_in_the_mean_of_a_later_plan_is_told_to_be_of_that_plan_by_itself()
    {
        JudgedQuestions table = Tables.Cascade(4000, certify: 1500, informative: true);
        JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), new() { Budget = 12, Guarantee = new(GuaranteeKind.Mean, 0.8) });
        Assert.True(found.Certification!.Certified);
        Assert.Contains($"the promise in the mean is that of one plan by itself; this is one of {found.Tried} that were tried on the same questions for certifying", found.Notices);
    }

    [Fact]
    public void A_budget_is_certified_by_the_bound_of_the_cost_and_the_next_plan_is_taken_where_it_is_not()
    {
        JudgedQuestions table = Tables.Cascade(4000, certify: 1500, informative: true);
        JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), new() { Budget = 12 });
        Assert.True(found.BudgetHolds);
        Assert.True(found.CostBound <= 12);
        Assert.True(found.Expected!.Tpot < found.CostBound);
        Assert.InRange(found.Tried, 2, 4);
        Assert.Contains(found.Notices, n => n.Contains("this is the next", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(29)]
    [InlineData(30)]
    public void A_budget_holds_by_thirty_priced_questions_or_more(int priced)
    {
        JudgedQuestions all = Tables.Cascade(600, certify: 100, informative: true);
        JudgedQuestions table = new(all.Models, all.Clusters, [.. all.Questions.Select(question => !question.Certify || question.Unit < 500 + priced
            ? question
            : question with { Answers = [.. question.Answers.Select(answer => answer with { TimePerOutputToken = double.NaN })] })]);
        JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), new() { Budget = 100 });
        Assert.Equal(priced == 30, found.BudgetHolds);
        Assert.Equal(priced == 30, double.IsFinite(found.CostBound!.Value));
        Assert.Equal(priced < 30, found.Notices.Contains(
            $"the budget of 100 ms is not certified: {priced} questions for certifying have the tpot_ms of every model, 30 are needed"));
    }

    [Fact]
    public void A_promise_within_a_budget_is_resampled_as_it_is_certified()
    {
        JudgedQuestions table = Tables.Cascade(4000, certify: 1500, informative: true);
        GateScores?[] scores = Tables.CascadeScores(table);
        JointResult found = JointFit.Fit(table, scores, new() { Budget = 14, Guarantee = new(GuaranteeKind.Confidence, 0.7) });
        Assert.Equal(0, found.Certification!.Shift);
        // No half may raise the thresholds either, so what is lost is what the plan loses.
        PromiseResampling resampled = JointFit.Resample(table, scores, found, 300, seed: 1)!;
        Assert.Equal(found.Certification.Losses / (double)found.Certification.Questions, resampled.MeanLoss, 0.002);
    }

    [Fact]
    public void A_rule_that_leaves_out_checkpoints_of_its_scores_is_refused()
    {
        JudgedQuestion question = new(0, 0, false, [new(0, 11, 30, 4, 70), new(1, 21, 100, 10, 300)]);
        JudgedQuestions table = new(["small", "large"], 1, [question]);
        GateScores scores = new([4, 8], [[0.2, 0.9, 0.9]]);
        _ = new PlanReplay(table, [scores, null], [new([4, 8], [-1, -1], [1, 1]), EarlyRule.None]);
        Assert.Throws<ArgumentException>(() => new PlanReplay(table, [scores, null], [new([8], [-1], [1]), EarlyRule.None]));
        Assert.Throws<ArgumentException>(() => new PlanReplay(table, [scores, null], [EarlyRule.None, new([4], [-1], [1])]));
    }

    [Theory]
    [InlineData(GuaranteeKind.Confidence)]
    [InlineData(GuaranteeKind.Mean)]
    public void Of_graded_answers_one_that_is_worse_is_a_loss(GuaranteeKind kind)
    {
        Random random = new(1);
        JudgedQuestions table = new(["small", "large"], 1, [.. Enumerable.Range(0, 1_000).Select(q => new JudgedQuestion(
            q, 0, q >= 600, [new(q % 2 == 0 ? 0.5 : 0.6, 21, 50, 5, 150), new(1, 21, 200, 20, 600)]))]);
        GateScores?[] scores = [new([], [.. Enumerable.Range(0, 1_000).Select(_ => new[] { random.NextDouble() })]), null];

        JointResult result = JointFit.Fit(table, scores, new() { Guarantee = new(kind, 0.99) });

        Assert.InRange(result.Certified!.Accuracy, 0.99, 1);
        Assert.Equal(400, result.Certification!.Questions);
        Assert.Equal(400, JointFit.Evaluate(table, scores, new([CascadeAction.Direct(0)], [EarlyRule.None, EarlyRule.None]), table.Certify, 1).Losses);
    }

    [Fact]
    public void A_budget_below_every_plan_names_the_cheapest()
    {
        JudgedQuestions table = Tables.Cascade(200, certify: 0, informative: true);
        InfeasiblePlanException error = Assert.Throws<InfeasiblePlanException>(() =>
            JointFit.Fit(table, Tables.CascadeScores(table), new() { Budget = 1 }));
        Assert.Equal(5, error.Cheapest, 1e-6);
        Assert.Throws<InfeasiblePlanException>(() =>
            JointFit.Fit(table, Tables.CascadeScores(table), new() { Budget = 5.5, Guarantee = new(GuaranteeKind.Mean, 0.99) }));
    }

    [Fact]
    public void A_larger_shift_loses_a_question_and_never_finds_it_again_unless_a_rung_does() => Tables.Any(certify: false).Sample(table =>
    {
        GateScores?[] scores = Tables.Scores(table);
        PlanReplay replay = new(table, scores, [.. scores.Select(_ => EarlyRule.None)]);
        CascadeAction action = new([0, 2], [0.1]);
        CascadeAction rungs = new([0, 1, 2], [0.1, -0.2]);
        foreach (int q in table.Fit.Where(q => table.Questions[q].CanBeLost(2)))
        {
            foreach (double shift in new[] { -1.512, -0.321, -0.107, 0.003, 0.211, 1.503 })
            {
                bool lost = table.Questions[q].IsLost(replay.Deliver(q, action.Shifted(shift)).Model, 2);
                Assert.Equal(lost, shift >= replay.LosingShift(q, action, 2));
                bool rungLost = table.Questions[q].IsLost(replay.Deliver(q, rungs.Shifted(shift)).Model, 2);
                Assert.True(!rungLost || shift >= replay.LosingShift(q, rungs, 2));
            }
        }
    });

    [Fact]
    public void What_a_rung_makes_of_the_answer_before_it_never_delivers_a_worse_answer_below_the_losing_shift() => Gen.Select(
        Tables.Any(certify: false), Gen.Int[0, 1_000_000]).Sample((table, seed) =>
    {
        Random random = new(seed);
        double Gain() => random.Next(-10, 11) / 10.0;
        int count = table.Questions.Count;
        GateScores first = new([4], [.. Enumerable.Range(0, count).Select(_ => new[] { random.Next(4) == 0 ? double.NaN : Gain(), Gain() })]);
        GateScores second = new GateScores([], [.. Enumerable.Range(0, count).Select(_ => new[] { Gain() })])
            .With(new Dictionary<int, IReadOnlyList<(double, double)>> { [0] = [.. Enumerable.Range(0, count).Select(_ => (0.5, Gain()))] });
        double accept = -random.Next(0, 10) / 10.0;
        PlanReplay replay = new(table, [first, second, null], [new EarlyRule([4], [accept], [accept + random.Next(0, 15) / 10.0]), EarlyRule.None, EarlyRule.None]);
        CascadeAction action = new([0, 1, 2], [0.1, -0.2]);
        foreach (int q in table.Fit.Where(q => table.Questions[q].CanBeLost(2)))
        {
            for (double shift = -2.033; shift < 2; shift += 0.05)
            {
                bool isLost = table.Questions[q].IsLost(replay.Deliver(q, action.Shifted(shift)).Model, 2);
                Assert.True(!isLost || shift >= replay.LosingShift(q, action, 2));
            }
        }
    });

    [Fact]
    public void A_rung_knows_the_answer_before_it_only_where_that_came_to_its_end()
    {
        JudgedQuestions table = new(["a", "b", "c"], 1, [new(0, 0, false, [.. Enumerable.Range(1, 3).Select(m => new JudgedAnswer(1, 11, 10, m, 10 + 10 * m))])]);
        GateScores second = new GateScores([], [[0.9]]).With(new Dictionary<int, IReadOnlyList<(double, double)>> { [0] = [(0.9, 0.1)] });
        CascadeAction action = new([0, 1, 2], [0.5, 0.5]);
        int Delivered(EarlyRule rule) => new PlanReplay(table, [new([4], [[0.8, 0.8]]), second, null], [rule, EarlyRule.None, EarlyRule.None]).Deliver(0, action).Model;

        Assert.Equal(1, Delivered(EarlyRule.None));
        Assert.Equal(2, Delivered(new([4], [-1], [0.1])));
    }

    [Fact]
    public void Dropped_answers_are_charged_their_time_and_not_their_tokens()
    {
        JudgedQuestion question = new(0, 0, false, [new(0, 11, 30, 4, 70), new(1, 21, 100, 10, 300)]);
        JudgedQuestions table = new(["small", "large"], 1, [question]);
        GateScores scores = new([4], [[0.2, 0.9]]);
        PlanReplay end = new(table, [scores, null], [EarlyRule.None, EarlyRule.None]);
        Delivery late = end.Deliver(0, new([0, 1], [0.5]));
        Assert.Equal((1, 240.0, 370.0, 20, true), (late.Model, late.DecodeTime, late.Latency, late.Gaps, late.Escalated));
        Assert.Equal(12, late.Charge(CostMetric.Tpot));

        // Rejected after 4 tokens: three gaps are paid.
        PlanReplay early = new(table, [scores, null], [new EarlyRule([4], [-1], [-0.4]), EarlyRule.None]);
        Delivery soon = early.Deliver(0, new([0, 1], [0.5]));
        Assert.Equal((212.0, 342.0, 142.0), (soon.DecodeTime, soon.Latency, soon.FirstToken));

        // Accepted after 4 tokens: the stream opens there, and all is paid.
        PlanReplay accepted = new(table, [scores, null], [new EarlyRule([4], [-0.3], [1]), EarlyRule.None]);
        Delivery kept = accepted.Deliver(0, new([0, 1], [0.5]));
        Assert.Equal((0, 40.0, 70.0, 42.0), (kept.Model, kept.DecodeTime, kept.Latency, kept.FirstToken));
    }
}
