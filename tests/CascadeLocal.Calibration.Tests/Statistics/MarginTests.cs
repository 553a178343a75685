using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tests;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Statistics;

public sealed class MarginTests
{
    // The example of Newcombe (1998), Statistics in Medicine 17, pages 857-872.
    [Fact]
    public void Wilson_bounds_are_the_published_ones()
    {
        Interval interval = Proportions.Wilson(81.0 / 263, 263);
        Assert.Equal(0.2553, interval.Low, 5e-5);
        Assert.Equal(0.3662, interval.High, 5e-5);
    }

    [Theory]
    [InlineData(0.05, 1.959964)]
    [InlineData(0.01, 2.575829)]
    [InlineData(0.0025, 3.023341)]
    public void Normal_quantiles_are_those_of_the_tables(double alpha, double z) => Assert.Equal(z, Normal.TwoSided(alpha), 1e-6);

    [Fact]
    public void The_interval_of_a_difference_holds_it_and_mirrors() =>
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[1, 5000]).Sample((a, b, n) =>
        {
            Interval ab = Proportions.Newcombe(a, b, n, 1.96);
            Interval ba = Proportions.Newcombe(b, a, n, 1.96);
            Assert.True(ab.Low <= a - b && a - b <= ab.High && ab.Low >= -1 - 1e-12 && ab.High <= 1 + 1e-12);
            Assert.Equal(-ab.High, ba.Low, 1e-12);
        });

    [Fact]
    public void A_clear_lead_holds_and_a_thin_one_rests_on_noise()
    {
        StageOneFit fit = Pool.Of([1000, 50], ("A", 1, [0.3, 0.30]), ("B", 2, [0.1, 0.25])).Fit();
        Assert.True(Margins(fit)[0].Holds);
        Assert.False(Margins(fit)[1].Holds);
        Assert.Equal(0.2, Margins(fit)[0].Lead!.Value, 1e-12);
        Assert.Equal(0, Margins(fit)[0].RunnerUp);
    }

    [Fact]
    public void The_lead_is_one_of_scores_at_the_chosen_lambda()
    {
        StageOneFit fit = Pool.Of([1000, 1000], ("A", 10, [0.20, 0.4]), ("B", 20, [0.15, 0.1])).Fit(budget: 15);
        ClusterMargin margin = Margins(fit)[0];
        Assert.Equal((0, 1), (margin.Winner, margin.RunnerUp));
        Assert.Equal(-0.05 + fit.Chosen.Name, margin.Lead!.Value, 1e-12);
        Assert.InRange(margin.Lead.Value, margin.Bounds!.Value.Low, margin.Bounds.Value.High);
    }

    [Fact]
    public void More_rivals_make_a_lead_harder_to_hold()
    {
        // The same lead over one rival, and over nine: with nine the first of Holm's steps is at a ninth of 5 %.
        (string, double, double[])[] rivals = [.. Enumerable.Range(0, 9).Select(i => ($"R{i}", 1.0, new[] { 0.255 - i * 1e-6, 0.1 }))];
        double[] sizes = [800, 1];
        Assert.True(Margins(Pool.Of(sizes, [("W", 1, [0.2, 0.9]), .. rivals[..1]]).Fit())[0].Holds);
        Assert.False(Margins(Pool.Of(sizes, [("W", 1, [0.2, 0.9]), .. rivals]).Fit())[0].Holds);
    }

    [Fact]
    public void One_model_has_no_rival() =>
        Assert.All(Margins(Pool.Of([10, 20], ("A", 5, [0.1, 0.2])).Fit(budget: 5)), margin => Assert.Null(margin.RunnerUp));

    [Fact]
    public void In_an_empty_cluster_no_lead_holds() =>
        Assert.False(Margins(Pool.Of([10, 0], ("A", 1, [0.3, 0.2]), ("B", 2, [0.1, 0.4])).Fit(budget: 2))[1].Holds);

    private static IReadOnlyList<ClusterMargin> Margins(StageOneFit fit) => MarginTest.Of(fit, null);
}
