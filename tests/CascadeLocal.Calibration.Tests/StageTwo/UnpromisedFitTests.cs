using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>A share that is kept without a promise: all labels are fitted to, and cross-validation says what to expect.</summary>
public sealed class UnpromisedFitTests
{
    [Fact]
    public void All_labels_are_fitted_to_and_what_is_expected_comes_from_questions_left_out()
    {
        CascadeFit fit = Fit(SyntheticLabels.Of(500, seed: 1), 0.95);
        Assert.Equal(500, fit.Questions.Fit.Count);
        Assert.DoesNotContain(fit.Notices, n => n.Contains("certifying", StringComparison.Ordinal));
        PlanOutcome expected = fit.Result.Expected!;
        Assert.Same(fit.Result.CrossValidated, expected);
        Assert.Equal(500, expected.Questions);
        Assert.True(expected.Accuracy >= 0.95 * expected.StrongestAccuracy);
        Assert.True(expected.Tpot < 0.9 * fit.Questions.Cost(fit.Strongest, Routing.StageOne.CostMetric.Tpot, fit.Questions.Fit));
        Assert.Equal(500, Cascades.Stored(fit).Escalation!.Expected!.Questions);
    }

    [Fact]
    public void To_keep_all_is_to_be_no_worse_than_the_strongest_on_questions_left_out()
    {
        PlanOutcome expected = Fit(SyntheticLabels.Of(300, seed: 2), 1).Result.CrossValidated!;
        Assert.True(expected.Accuracy >= expected.StrongestAccuracy);
    }

    [Fact]
    public void Where_nothing_cheaper_keeps_the_share_the_strongest_answers_all_and_that_is_said()
    {
        CascadeFit fit = Fit(SyntheticLabels.Of(300, seed: 3, change: row => row.Model == SyntheticLabels.Cheap ? row with { Correct = 0 } : row), 0.99);
        Assert.All(fit.Result.Plan.Actions, action => Assert.Equal([fit.Strongest], action.Path));
        Assert.Contains(fit.Notices, n => n.Contains("strong answers all", StringComparison.Ordinal));
        Cascades.Stored(fit);
    }

    [Theory]
    [InlineData(GuaranteeKind.Confidence)]
    [InlineData(GuaranteeKind.Mean)]
    public void That_all_is_kept_cannot_be_promised_so_the_strongest_answers_all(GuaranteeKind kind)
    {
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(300, seed: 4), Cascades.Keep(1, kind));
        Assert.All(fit.Result.Plan.Actions, action => Assert.Equal([fit.Strongest], action.Path));
        Assert.Contains(fit.Notices, n => n.Contains("no number of labels shows that nothing at all is lost", StringComparison.Ordinal));
        Assert.Equal(0, fit.Result.Certification!.LabelsMissing);
        Cascades.Stored(fit);
    }

    private static CascadeFit Fit(EmbeddedTable labels, double keep) => Cascades.Fit(CascadeLabels.All(labels), Cascades.Keep(keep, GuaranteeKind.None));
}
