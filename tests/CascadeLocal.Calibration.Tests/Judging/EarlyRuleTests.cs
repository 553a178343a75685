using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class EarlyRuleTests
{
    private static Gen<double> Gain { get; } = Gen.Int[-10, 10].Select(i => i / 10.0);

    private static Gen<(EarlyRule Rule, double[] Gains)> Judged { get; } =
        from accept in Gen.OneOf(Gen.Int[-10, 0].Select(i => i / 10.0), Gen.Const(double.NegativeInfinity)).Array[4]
        from above in Gen.OneOf(Gen.Int[0, 15].Select(i => i / 10.0), Gen.Const(double.PositiveInfinity)).Array[4]
        from gains in Gain.Array[5]
        from ended in Gen.Int[0, 4]
        select (
            new EarlyRule([8, 16, 32, 64], accept, [.. accept.Zip(above, (a, r) => Math.Max(a, -1) + r)]),
            gains.Select((g, k) => k is < 4 && k >= ended ? double.NaN : g).ToArray());

    [Fact]
    public void Accepted_answers_stay_accepted_when_thresholds_rise() => Gen.Select(Judged, Gain).Sample((judged, threshold) =>
    {
        bool before = false;
        for (double t = -2.05; t < 2; t += 0.1)
        {
            bool accepted = Run(judged.Rule, judged.Gains, t);
            Assert.True(accepted || !before);
            before = accepted;
        }
    });

    [Fact]
    public void The_level_is_where_acceptance_begins() => Gen.Select(Judged, Gain).Sample((judged, threshold) =>
        Assert.Equal(Run(judged.Rule, judged.Gains, threshold + 0.05), judged.Rule.Level(judged.Gains) <= threshold + 0.05));

    [Fact]
    public void A_gate_decides_as_serving_does() => Gen.Select(Judged, Gain).Sample((judged, threshold) =>
    {
        GateVerdict gate = GateVerdict.Of(judged.Rule, judged.Gains, threshold);
        Assert.Equal(Run(judged.Rule, judged.Gains, threshold), gate.Verdict == Verdict.Accept);
        Assert.Equal(judged.Rule.DecidedAt(judged.Gains, threshold), gate.DecidedAt);
    });

    [Fact]
    public void One_answer_whose_parts_are_not_timed_leaves_early_rejects_of_the_others()
    {
        JudgedQuestions timed = Tables.Cascade(2000, certify: 0, informative: true);
        JudgedQuestions table = new(timed.Models, timed.Clusters, [.. timed.Questions.Select(question => question.Unit != 7 ? question : question with
        {
            Answers = [question.Answers[0] with { TimeToFirstToken = double.NaN, TimePerOutputToken = double.NaN }, question.Answers[1]],
        })]);
        Random random = new(4);
        GateScores scores = new([8], [.. Tables.CascadeScores(table)[0]!.Ends().Select(g => new[] { g + 0.1 * (random.NextDouble() - 0.5), g })]);
        CascadePlan plan = new([new([0, 1], [0.0]), new([0, 1], [0.0])], [EarlyRule.None, EarlyRule.None]);
        EarlyRule rule = EarlyRuleFit.Fit(table, scores, 0, plan, CostMetric.E2el);
        Assert.Equal(EarlyRuleFit.Fit(timed, scores, 0, plan, CostMetric.E2el).Reject[0], rule.Reject[0], 0.05);
        Assert.True(double.IsFinite(rule.Reject[0]));

        // Dropped early or late, it took all that is known of it.
        Delivery dropped = new PlanReplay(table, [scores, null], [rule, EarlyRule.None]).Deliver(7, new([0, 1], [-2.0]));
        Assert.Equal(150 + 600, dropped.Latency);
    }

    [Fact]
    public void An_answer_is_rejected_before_its_end_below_one_threshold_and_nowhere_else() => Gen.Select(Judged, Gain).Sample((judged, threshold) =>
    {
        bool isRejectedEarly = judged.Rule.DecidedAt(judged.Gains, threshold + 0.05) is not null && !Run(judged.Rule, judged.Gains, threshold + 0.05);
        Assert.Equal(isRejectedEarly, threshold + 0.05 < judged.Rule.RejectedEarlyBelow(judged.Gains));
    });

    [Fact]
    public void Thresholds_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new EarlyRule([8, 8], [0, 0], [0, 0]));
        Assert.Throws<ArgumentException>(() => new EarlyRule([8], [0.2], [0.1]));
        Assert.Throws<ArgumentException>(() => new EarlyRule([8], [], [0.1]));
    }

    [Fact]
    public void Early_verdicts_save_time_and_the_guarantee_still_holds()
    {
        JudgedQuestions table = Tables.Cascade(6000, certify: 2000, informative: true);
        // What is known at the end shows after 8 of 21 tokens, with some noise.
        Random random = new(4);
        GateScores?[] scores =
        [
            new([8], [.. Tables.CascadeScores(table)[0]!.Ends().Select(g => new[] { g + 0.1 * (random.NextDouble() - 0.5), g })]),
            null,
        ];
        JointOptions options = new() { Guarantee = new(GuaranteeKind.Confidence, 0.98) };
        JointResult late = JointFit.Fit(table, scores, options);
        EarlyRule rule = EarlyRuleFit.Fit(table, scores[0]!, 0, late.Plan, CostMetric.Tpot);
        JointResult early = JointFit.Fit(table, scores, options, [rule, EarlyRule.None]);
        Assert.True(double.IsFinite(rule.Reject[0]));
        Assert.True(double.IsFinite(rule.Accept[0]));
        Assert.True(early.Certification!.Certified);
        Assert.True(early.Expected!.Tpot < late.Expected!.Tpot);
        Assert.True(early.Expected.FirstToken < late.Expected.FirstToken);
        Assert.InRange(early.Expected.Losses / (early.Expected.StrongestAccuracy * 2000), 0, 0.02);
    }

    [Fact]
    public void Prefixes_that_say_nothing_give_no_early_reject()
    {
        JudgedQuestions table = Tables.Cascade(2000, certify: 0, informative: true);
        Random random = new(4);
        GateScores scores = new([8], [.. Tables.CascadeScores(table)[0]!.Ends().Select(g => new[] { random.NextDouble() - 0.5, g })]);
        CascadePlan plan = new([new([0, 1], [0.0]), new([0, 1], [0.0])], [EarlyRule.None, EarlyRule.None]);
        Assert.Same(EarlyRule.None, EarlyRuleFit.Fit(table, scores, 0, plan, CostMetric.Tpot));
    }

    // As serving does it: checkpoint by checkpoint, then the end.
    private static bool Run(EarlyRule rule, double[] gains, double threshold)
    {
        for (int k = 0; k < rule.Checkpoints.Count; k++)
        {
            Verdict verdict = rule.At(k, gains[k], threshold);
            if (verdict != Verdict.Continue)
                return verdict == Verdict.Accept;
        }

        return EarlyRule.AtEnd(gains[^1], threshold) == Verdict.Accept;
    }
}
