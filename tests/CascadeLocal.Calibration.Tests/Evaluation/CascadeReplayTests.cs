using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

/// <summary>Replaying a cascade by the code that serves.</summary>
public sealed class CascadeReplayTests
{
    [Theory]
    [InlineData(2, 0, 5.0)]
    [InlineData(-2, 1, null)]
    public void A_threshold_beyond_all_gains_accepts_or_escalates_everything(double threshold, double escalated, double? tpot)
    {
        ServedRequest[] served = Run(World.Cascade(threshold));
        Assert.All(served, request => Assert.Equal(escalated, request.Escalated));
        for (int i = 0; i < World.Count; i++)
        {
            var small = World.Rows[2 * i];
            var large = World.Rows[2 * i + 1];
            // Both passes are paid for, only the delivered tokens count.
            double expected = tpot ?? (5.0 * (small.OutputTokens!.Value - 1) + 20.0 * (large.OutputTokens!.Value - 1)) / (large.OutputTokens.Value - 1);
            Assert.Equal(expected, served[i].TimePerOutputToken, 1e-9);
            Assert.Equal(small.E2elMs!.Value + (tpot is null ? large.E2elMs!.Value : 0), served[i].Latency, 1e-9);
            Assert.Equal((tpot is null ? large : small).Correct, served[i].Correct);
        }
    }

    [Fact]
    public void An_early_reject_is_charged_up_to_its_token()
    {
        EarlyRule rejectAll = new([World.Checkpoint], [double.NegativeInfinity], [-5]);
        ServedRequest[] served = Run(World.Cascade(2, rejectAll));
        for (int i = 0; i < World.Count; i++)
        {
            var small = World.Rows[2 * i];
            var large = World.Rows[2 * i + 1];
            bool reached = small.OutputTokens >= World.Checkpoint;
            Assert.Equal(reached ? 1 : 0, served[i].Escalated);
            if (reached)
            {
                Assert.Equal((5.0 * (World.Checkpoint - 1) + 20.0 * (large.OutputTokens!.Value - 1)) / (large.OutputTokens.Value - 1), served[i].TimePerOutputToken, 1e-9);
                Assert.Equal(10 + 5.0 * (World.Checkpoint - 1) + large.E2elMs!.Value, served[i].Latency, 1e-9);
                Assert.Equal(10 + 5.0 * (World.Checkpoint - 1) + large.TtftMs!.Value, served[i].FirstToken, 1e-9);
            }
        }
    }

    [Fact]
    public void An_early_accept_opens_the_stream_and_saves_no_tokens()
    {
        EarlyRule acceptAll = new([World.Checkpoint], [-4], [double.PositiveInfinity]);
        ServedRequest[] early = Run(World.Cascade(3, acceptAll));
        ServedRequest[] atEnd = Run(World.Cascade(3));
        Assert.Equal(atEnd.Select(s => (s.TimePerOutputToken, s.Latency)), early.Select(s => (s.TimePerOutputToken, s.Latency)));
        Assert.All(Enumerable.Range(0, World.Count), i => Assert.True(early[i].FirstToken <= atEnd[i].FirstToken));
        Assert.All(atEnd, served => Assert.Equal(served.Latency, served.FirstToken));
    }

    [Fact]
    public void It_gives_what_the_joint_fit_gives_on_the_same_answers() =>
        Gen.Select(Gen.Double[-1, 1], Gen.Double[-1, 0], Gen.Double[0, 1]).Sample(
            (threshold, accept, reject) =>
            {
                EarlyRule rule = new([World.Checkpoint], [accept], [reject]);
                Policy policy = World.Cascade(threshold, rule);
                ServedRequest[] served = Run(policy);
                PlanOutcome expected = JointFit.Evaluate(
                    World.Questions, [World.Scores, null], new(policy.Escalation!.Actions, policy.Escalation.EarlyRules), World.Questions.Fit, 1);
                Assert.Equal(expected.Accuracy, served.Average(s => s.Correct), 1e-9);
                Assert.Equal(expected.EscalationRate, served.Average(s => s.Escalated), 1e-9);
                Assert.Equal(expected.Tpot!.Value, served.Average(s => s.TimePerOutputToken), 1e-9);
                Assert.Equal(expected.TokenWeightedTpot!.Value, served.Sum(s => s.ChargedTime) / served.Sum(s => s.Gaps), 1e-9);
                Assert.Equal(expected.E2el!.Value, served.Average(s => s.Latency), 1e-9);
                Assert.Equal(expected.FirstToken!.Value, served.Average(s => s.FirstToken), 1e-9);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void What_is_novel_goes_to_the_strongest_member_as_it_does_in_serving()
    {
        // The centroids are (1, 0) and (0, 1): of the three texts one is far from both.
        PointSet texts = new([1, 0, 0, 1, -1, 0], 2);
        Policy policy = World.Cascade(0.2) with { Novelty = new(0.25, [0, 0, 0]) };

        OfflineRouter router = new(policy, texts);

        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(router.IsNovel));
        Assert.Equal(["small", "small", "large"], Enumerable.Range(0, 3).Select(router.StartOf));
        Assert.False(router.ActionOf(2).IsGated);
        Assert.Equal("large", new OfflineRouter(policy with { Escalation = null, Assignment = [0, 0] }, texts).StartOf(2));
        Assert.Equal("small", new OfflineRouter(policy with { Novelty = null }, texts).StartOf(2));
    }

    private static ServedRequest[] Run(Policy policy)
    {
        OfflineRouter router = new(policy, World.Vectors);
        return new CascadeReplay(World.Requests, World.Vectors, router, policy.Escalation!)
            .Run(router.ActionOf, policy.Escalation!.EarlyRules, TestContext.Current.CancellationToken).Served;
    }
}
