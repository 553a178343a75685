using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tests;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Statistics;

public sealed class PairedMarginTests
{
    [Fact]
    public void Correlations_of_models_that_fail_together_are_high_and_of_opposites_low()
    {
        double[][] queries = [.. Enumerable.Range(0, 100).Select(i => new double[] { i % 2, i % 2, 1 - i % 2, 1 })];
        ErrorCorrelations correlations = ErrorCorrelations.Of([queries], 4);
        Assert.Equal(0.98, correlations.Of(0, 0, 1), 1e-12);  // 1 but for the correction for continuity
        Assert.Equal(-1, correlations.Of(0, 0, 2), 1e-12);
        Assert.Equal(0, correlations.Of(0, 0, 3));
    }

    [Fact]
    public void Correlations_are_symmetric_and_within_bounds_and_0_without_queries() =>
        Gen.OneOf(Gen.Int[0, 1].Select(i => (double)i), Gen.Double[0, 1]).Array[3].Array[0, 20].Sample(queries =>
        {
            ErrorCorrelations correlations = ErrorCorrelations.Of([queries, []], 3);
            Assert.InRange(correlations.Of(0, 0, 1), -1, 1);
            Assert.Equal(correlations.Of(0, 0, 1), correlations.Of(0, 1, 0), 1e-12);
            Assert.Equal(0, correlations.Of(1, 0, 1));
        });

    [Fact]
    public void The_paired_interval_holds_the_difference_mirrors_and_is_narrower_the_more_models_agree() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[1, 5000], Gen.Double[-1, 1]).Sample((a, b, n, correlation) =>
        {
            Interval paired = Proportions.Newcombe(a, b, n, 1.96, correlation);
            Interval mirrored = Proportions.Newcombe(b, a, n, 1.96, correlation);
            Interval independent = Proportions.Newcombe(a, b, n, 1.96);
            Assert.True(paired.Low <= a - b && a - b <= paired.High);
            Assert.Equal(-paired.High, mirrored.Low, 1e-12);
            Assert.True((paired.High - paired.Low - (independent.High - independent.Low)) * correlation <= 1e-12);
        });

    [Fact]
    public void A_lead_that_holds_question_by_question_can_rest_on_noise_without_pairing()
    {
        // B is right wherever A is, and on 12 of 200 questions more.
        double[][] queries = [.. Enumerable.Range(0, 200).Select(i => new double[] { i < 100 ? 1 : 0, i < 112 ? 1 : 0 })];
        var pool = Pool.Of([200], ("A", 1, [0.5]), ("B", 2, [0.44]));
        StageOneFit fit = StageOneFit.Fit(pool, new());
        Assert.False(MarginTest.Of(fit, null)[0].Holds);
        Assert.True(MarginTest.Of(fit, new(pool, ErrorCorrelations.Of([queries], 2)))[0].Holds);
    }
}
