using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Statistics;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

public sealed class PairedBootstrapTests
{
    // Columns: the value of one, of another, and how many.
    private static readonly double[][] Units = [.. Enumerable.Range(0, 400).Select(i => new double[] { i % 4 == 0 ? 1 : 0, i % 4 == 0 || i == 1 ? 1 : 0, 1 })];

    [Fact]
    public void An_interval_has_the_width_of_the_normal_approximation()
    {
        Interval bounds = Of(Units, _ => "").Bounds(sums => sums[0] / sums[2])!.Value;
        double half = 1.96 * Math.Sqrt(0.25 * 0.75 / 400);
        Assert.Equal(0.25 - half, bounds.Low, 0.005);
        Assert.Equal(0.25 + half, bounds.High, 0.005);
    }

    [Fact]
    public void Differences_are_paired()
    {
        // They differ on one question of 400: its number of draws is about Poisson.
        Interval bounds = Of(Units, _ => "").Bounds(sums => (sums[1] - sums[0]) / sums[2])!.Value;
        Assert.Equal((0, 3.0 / 400), (bounds.Low, bounds.High));
        Assert.Equal(new Interval(0, 0), Of(Units, _ => "").Bounds(sums => sums[0] - sums[0]));
    }

    [Fact]
    public void Questions_are_drawn_within_their_family()
    {
        // All of one family are right and none of the other: nothing is left to chance.
        Interval bounds = Of(Units, unit => unit[0] == 1 ? "right" : "wrong").Bounds(sums => sums[0] / sums[2])!.Value;
        Assert.Equal(new Interval(0.25, 0.25), bounds);
    }

    [Fact]
    public void Families_of_few_questions_are_one()
    {
        int next = 0;
        PairedBootstrap alone = Of(Units, _ => $"{next++}");
        Assert.Equal(Of(Units, _ => "").Bounds(sums => sums[0] / sums[2]), alone.Bounds(sums => sums[0] / sums[2]));
        Assert.Equal(1, alone.Families);

        next = 0;
        Assert.Equal(20, Of(Units, _ => $"{next++ / 20}").Families);
        // Two families of 19, and one of the rest.
        next = 0;
        Assert.Equal(2, Of(Units, _ => $"{Math.Min(next++ / 19, 2)}").Families);
    }

    [Fact]
    public void A_seed_gives_the_same_draws_again_and_another_seed_others()
    {
        Interval? Run(ulong seed) => new PairedBootstrap(Units, [.. Units.Select(_ => "")], 50, seed).Bounds(sums => sums[0]);
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void What_is_not_defined_has_no_interval() => Assert.Null(Of(Units, _ => "").Bounds(_ => double.NaN));

    private static PairedBootstrap Of(double[][] units, Func<double[], string> family) => new(units, [.. units.Select(family)], 10_000, 0);
}
