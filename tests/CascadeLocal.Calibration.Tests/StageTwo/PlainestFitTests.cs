using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Tests.Curves;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>Without a promise the rule by the bare confidence is among what a fit chooses from.</summary>
public sealed class PlainestFitTests
{
    private static readonly CascadeFitOptions Options = new()
    {
        StageOne = new() { Routing = new() { Metric = CostMetric.Cost }, Rule = ClusterRule.Given, Clusters = 2 },
        Guarantee = new(GuaranteeKind.None, 0.97),
    };

    [Fact]
    public void Where_the_confidence_says_all_its_rule_is_mostly_taken_and_written_as_it_was_fitted()
    {
        CascadeFit[] taken = [.. Enumerable.Range(1, 4)
            .Select(seed => Cascades.Fit(Labels(areSure: true, seed), Options))
            .Where(fit => fit.Judged.OfType<JudgedMember>().Any(judged => judged.Fit == judged.Plainest))];
        Assert.InRange(taken.Length, 2, 4);
        Assert.All(taken, fit =>
        {
            EscalationPolicy stage = Cascades.Stored(fit).Escalation!;
            CascadeAction action = stage.Actions[0];
            Assert.True(action.IsGated);
            Assert.All(stage.Actions, other => Assert.Equal(action.Path, other.Path));
            Assert.All(stage.Actions, other => Assert.Equal(action.Thresholds, other.Thresholds));
            Assert.All(action.Path.SkipLast(1), member => AssertTakesTheTargetForRight(stage.Judges[member]!));
            Assert.All(stage.EarlyRules, rule => Assert.Empty(rule.Checkpoints));
        });
    }

    [Fact]
    public void It_costs_less_on_questions_left_out_than_what_is_possible_without_the_confidence()
    {
        CascadeFit fit = Cascades.Fit(Labels(areSure: true), Options);
        CascadeFit without = Cascades.Fit(Labels(areSure: false), Options);
        Assert.True(fit.Result.CrossValidated!.Cost < 0.9 * without.Result.CrossValidated!.Cost);
    }

    [Fact]
    public void A_promise_is_never_made_by_it()
    {
        CascadeFit fit = Cascades.Fit(Labels(areSure: true), Options with { Guarantee = new(GuaranteeKind.Confidence, 0.9) });
        Assert.All(fit.Judged.OfType<JudgedMember>(), judged => Assert.Null(judged.Plainest));
    }

    private static void AssertTakesTheTargetForRight(MemberJudge judge)
    {
        float[] features = new float[judge.Layout.Count];
        for (int sureness = 0; sureness < 5; sureness++)
        {
            features[0] = sureness;
            Assert.Equal(1 - judge.OwnProbability(judge.End, features), judge.Gain(judge.End, features));
        }
    }

    // How sure the cheaper models are says all, and vector, cluster and length nothing.
    private static CascadeLabels Labels(bool areSure, int seed = 1)
    {
        const int Questions = 400;
        Random random = new(seed);
        LabelRow[] rows = Chains.Rows(Questions, 5, row =>
        {
            double chance = row.Model == "m4" ? 0.95 : 1 - 0.9 * Math.Pow(random.NextDouble(), 2 + row.Model[1] - '0');
            return row with { Correct = random.NextDouble() < chance ? 1 : 0, Confidence = areSure ? (float)Math.Log(chance) : -1 };
        });
        return CascadeLabels.All(new(QuestionTable.Of(new LabelSet(rows, null, []), "labels.jsonl"), Chains.Vectors(Questions)));
    }
}
