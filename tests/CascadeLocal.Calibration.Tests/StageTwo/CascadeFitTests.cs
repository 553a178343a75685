using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>From labels to a policy that judges and escalates.</summary>
public sealed class CascadeFitTests
{
    private const int CheapMember = 0;
    private const int StrongMember = 1;

    [Fact]
    public void A_promise_is_certified_at_less_cost_and_kept_on_new_questions_by_the_stored_policy()
    {
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(2400, seed: 1), Cascades.Keep(0.97));
        Policy policy = Cascades.Stored(fit);
        CascadeFitReport report = CascadeFitReport.Of(fit, "plane");
        Assert.True(report.Certified);
        Assert.InRange(report.Judges.Single().Auroc!.Value, 0.9, 1);
        Assert.NotEmpty(report.Gates);
        Assert.True(report.Joint!.TpotMs < 0.8 * report.Compared[StrongMember].TpotMs);
        Assert.True(report.Joint.TpotMs < report.StageOne!.TpotMs);
        Assert.Equal(new Guarantee(GuaranteeKind.Confidence, 0.97), policy.Escalation!.Guarantee);
        Assert.Equal(policy.Assignment, policy.Escalation.Actions.Select(a => a.Start));

        // As serving answers, on questions that were never seen.
        EmbeddedTable other = SyntheticLabels.Of(4000, seed: 2);
        (int right, int lost, int escalated) = (0, 0, 0);
        foreach (var question in other.Table.Questions)
        {
            (Verdict verdict, _) = Serve(policy, question.Runs[0][CheapMember], other.Texts[question.Text]);
            bool strong = question.Answers[StrongMember].Correct == 1;
            right += strong ? 1 : 0;
            escalated += verdict == Verdict.Reject ? 1 : 0;
            lost += strong && verdict == Verdict.Accept && question.Answers[CheapMember].Correct == 0 ? 1 : 0;
        }

        Assert.InRange((double)lost / right, 0.001, 0.03);
        Assert.InRange(escalated / 4000.0, fit.Result.Expected!.EscalationRate - 0.05, fit.Result.Expected.EscalationRate + 0.05);
    }

    [Fact]
    public void Serving_judges_an_answer_as_the_fit_did()
    {
        // The first tokens say nothing, so that many verdicts fall at the end.
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(900, seed: 3, change: SyntheticLabels.Late), Cascades.Keep(0.95));
        Policy policy = Cascades.Stored(fit);
        Assert.NotNull(policy.Escalation!.Judges[CheapMember]);
        JudgeFit judge = fit.Judged[CheapMember]!.Fit;
        int ends = 0;
        foreach (int q in fit.Questions.Certify)
        {
            CascadeAction action = fit.Result.Plan.Actions[fit.Questions.Questions[q].Cluster];
            if (!action.IsGated)
                continue;
            (Verdict verdict, double? own) = Serve(policy, fit.Table.Rows[q][CheapMember], fit.Table.Vectors[fit.Table.Points[q]]);
            GateVerdict replayed = GateVerdict.Of(fit.Result.Plan.EarlyRules[CheapMember], judge.Scores![q], action.Thresholds[0]);
            Assert.Equal(replayed.Verdict, verdict);
            if (replayed.DecidedAt is not null)
                continue;
            ends++;
            Assert.Equal(judge.Scores.OwnAtEnd[q], own!.Value, 1e-5);
        }

        Assert.True(ends > 20);
    }

    [Fact]
    public void Where_the_signals_say_nothing_and_little_can_be_saved_no_answer_is_judged()
    {
        CascadeFit fit = Cascades.Fit(
            SyntheticLabels.Of(900, seed: 4, noise: 50, cheapTpot: 8, change: row => row with { Output = "so it is", TokenEnds = null }),
            Cascades.Keep(0.95, GuaranteeKind.None));
        Assert.All(fit.Result.Plan.Actions, a => Assert.False(a.IsGated));
        Policy policy = Cascades.Stored(fit);
        Assert.All(policy.Escalation!.Actions, a => Assert.False(a.IsGated));
        // What reports say of it is worth knowing all the same.
        Assert.NotNull(policy.Escalation.Judges[CheapMember]);
        Assert.Equal(fit.Compared[JointMode.StageOne]!.Plan.Actions.Select(a => a.Start), policy.Assignment);
    }

    [Fact]
    public void A_budget_is_kept_on_the_questions_for_certifying_and_both_stages_beat_the_first()
    {
        CascadeFitOptions options = Cascades.Keep(0.5, budget: 6) with { Guarantee = null };
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(1600, seed: 5), options);
        CascadeFitReport report = CascadeFitReport.Of(fit, "plane");
        Assert.True(report.BudgetHolds);
        Assert.True(report.CostBoundMs <= 6);
        Assert.True(report.Expected!.TpotMs <= 6);
        Assert.True(report.Joint!.Accuracy > report.StageOne!.Accuracy);
        Assert.Equal((null, null), (report.Keep, report.Guarantee));
        Assert.Null(Cascades.Stored(fit).Escalation!.Guarantee);
    }

    [Fact]
    public void A_budget_and_a_share_that_no_plan_keeps_are_refused_with_what_would_be_feasible()
    {
        InfeasiblePlanException error = Assert.Throws<InfeasiblePlanException>(
            () => Cascades.Fit(SyntheticLabels.Of(800, seed: 6), Cascades.Keep(0.99, budget: 1.5)));
        Assert.Contains("the cheapest that does costs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_seeds_give_equal_policies()
    {
        double[] Thresholds() => [.. Cascades.Fit(SyntheticLabels.Of(600, seed: 7), Cascades.Keep(0.9)).Result.Plan.Actions.SelectMany(a => a.Thresholds)];
        double[] once = Thresholds();
        Assert.NotEmpty(once);
        Assert.Equal(once, Thresholds());
    }

    [Fact]
    public void A_question_that_was_asked_several_times_is_one_question()
    {
        EmbeddedTable once = SyntheticLabels.Of(300, seed: 8);
        LabelRow[] twice = [.. once.Table.Questions.SelectMany(q => q.Runs[0]).SelectMany(row => (LabelRow[])[row, row with { Run = 1 }])];
        CascadeFit fit = Cascades.Fit(
            new EmbeddedTable(Calibration.Fitting.QuestionTable.Of(new LabelSet(twice, null, []), "labels"), once.Texts), Cascades.Keep(0.9));
        Assert.Equal(600, fit.Questions.Questions.Count);
        Assert.Equal(300, fit.Questions.Questions.Select(q => q.Unit).Distinct().Count());
        Assert.Equal(120, CascadeFitReport.Of(fit, "plane").NCertify);
    }

    [Fact]
    public void A_budget_that_no_question_for_certifying_prices_is_not_kept_and_has_no_bound()
    {
        CascadeFit fit = Cascades.Fit(
            CascadeLabels.Of(SyntheticLabels.Of(300, seed: 8), SyntheticLabels.Of(100, seed: 9, change: row => row with { TpotMs = null })),
            Cascades.Keep(0.9, budget: 100));
        CascadeFitReport report = CascadeFitReport.Of(fit, "plane");
        Assert.False(report.BudgetHolds);
        Assert.Null(report.CostBoundMs);
        Assert.NotNull(Cascades.Stored(fit).Escalation);
    }

    [Fact]
    public void Kinds_are_counted_among_the_questions_for_certifying()
    {
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(300, seed: 8, change: row => row with { Kind = RequestKind.Tools }), Cascades.Keep(0.9));
        Assert.Equal(new KeyValuePair<RequestKind, int>(RequestKind.Tools, 120), Assert.Single(Cascades.Stored(fit).Kinds!));
        Assert.Equal(new KindReport("tools", 120, true), Assert.Single(CascadeFitReport.Of(fit, "plane").Kinds));
    }

    // What serving does with an answer: the cluster's action, the member's judge and rule, token by token.
    private static (Verdict Verdict, double? Own) Serve(Policy policy, LabelRow row, ReadOnlySpan<float> point)
    {
        EscalationPolicy escalation = policy.Escalation!;
        int cluster = policy.Centroids.Nearest(point);
        CascadeAction action = escalation.Actions[cluster];
        if (!action.IsGated)
            return (action.Start == StrongMember ? Verdict.Reject : Verdict.Accept, null);
        MemberJudge judge = escalation.Judges[action.Start]!;
        float[] query = new float[escalation.Projection!.Dimensions];
        escalation.Projection.Apply(point, query);
        RunningVerdict running = new(
            judge, escalation.EarlyRules[action.Start], action.Thresholds[0], new AnswerReader(judge.Layout, row.Prompt, cluster, query));
        for (int t = 0; t < row.OutputTokens; t++)
            running.Add(row.TokenLogprobs![t], row.TokenEntropies![t], row.TokenMargins![t], row.Output.AsSpan(0, t + 1));
        Verdict verdict = running.Finish(AnswerEnd.Stop, row.Output.AsSpan(0, row.OutputTokens!.Value));
        return (verdict, running.OwnProbability);
    }
}
