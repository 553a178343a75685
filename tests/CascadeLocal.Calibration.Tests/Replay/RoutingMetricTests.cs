using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Statistics;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>RouteLLM's metric by its definition.</summary>
public sealed class RoutingMetricTests
{
    [Fact]
    public void Eleven_edges_cut_eleven_scores_one_by_one()
    {
        RoutingCurve curve = RoutingCurve.Of(Questions(11), [.. Enumerable.Range(1, 11).Select(i => (double)i)], seed: 0);

        // At or above the edges 1, 2 ... 10 are 11, 10 ... 2 scores; above the last edge there is none.
        Assert.Equal([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], curve.Points.Select(point => (int)Math.Round(11 * point.StrongShare)));
    }

    [Fact]
    public void Edges_between_two_scores_are_interpolated()
    {
        RoutingCurve curve = RoutingCurve.Of(Questions(4), [0.0, 1, 2, 3], seed: 0);

        // Edges are 0, .3, .6 ... 3: at or above them 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, and above 3 none.
        Assert.Equal([0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4], curve.Points.Select(point => (int)Math.Round(4 * point.StrongShare)));
    }

    [Fact]
    public void Area_and_crossings_of_a_known_curve()
    {
        RoutingCurve curve = new([new(0, 0.5), new(0.5, 0.9), new(1, 1)], Weak: 0.5, Strong: 1);
        RoutingMetrics metrics = RoutingMetrics.OfCalls(curve);

        Assert.Equal(((0.7 + 0.95) / 2 - 0.5) / 0.5, metrics.Apgr, 12);
        Assert.Equal(0.25 / 0.8, metrics.Cpt50, 12);
        Assert.Equal(0.5, metrics.Cpt80, 12);
    }

    [Fact]
    public void In_cost_a_cascade_pays_for_the_weak_model_too()
    {
        RoutingCurve curve = new([new(0, 0.5), new(1, 1)], Weak: 0.5, Strong: 1);
        RoutingMetrics metrics = RoutingMetrics.OfCost(curve, costRatio: 0.5);

        // Escalating a share e costs as much as a router at 2e, so the strong model's cost buys half of the gap.
        Assert.Equal(0.25, metrics.Apgr, 12);
        Assert.Equal(1, metrics.Cpt50, 12);
        Assert.Equal(1.6, metrics.Cpt80, 12);
    }

    [Fact]
    public void In_cost_a_curve_that_begins_beyond_the_weak_model_is_measured_from_there()
    {
        RoutingCurve curve = new([new(0.5, 0.9), new(1, 1)], Weak: 0.5, Strong: 1);
        RoutingMetrics metrics = RoutingMetrics.OfCost(curve);

        Assert.Equal((0.5 * 0.7 + 0.5 * 0.95 - 0.5) / 0.5, metrics.Apgr, 12);
        Assert.Equal(0.5, metrics.Cpt50, 12);
        Assert.Equal(RoutingMetrics.OfCost(curve with { Points = [new(0, 0.5), .. curve.Points] }).Apgr, metrics.Apgr, 12);
    }

    [Fact]
    public void With_a_weak_model_that_costs_nothing_cost_is_calls() => Gen.ULong[0, 1000].Sample(seed =>
    {
        RoutingCurve curve = RoutingCurve.Of(Questions(200, seed), Noise(200, seed + 1), seed);
        RoutingMetrics calls = RoutingMetrics.OfCalls(curve);
        RoutingMetrics cost = RoutingMetrics.OfCost(curve, 0);
        return Math.Abs(calls.Apgr - cost.Apgr) < 1e-12 && calls.Cpt50 == cost.Cpt50 && calls.Cpt80 == cost.Cpt80;
    });

    [Fact]
    public void A_random_score_recovers_half_of_the_gap()
    {
        RoutingMetrics metrics = RoutingMetrics.OfCalls(RoutingCurve.Of(Questions(20_000), Noise(20_000, seed: 7), seed: 0));

        Assert.InRange(metrics.Apgr, 0.47, 0.53);
        Assert.InRange(metrics.Cpt50, 0.45, 0.55);
        Assert.InRange(metrics.Cpt80, 0.75, 0.85);
    }

    [Fact]
    public void A_constant_score_is_a_random_one_that_its_seed_decides()
    {
        PairQuestion[] questions = Questions(20_000);
        double[] constant = new double[questions.Length];
        RoutingCurve curve = RoutingCurve.Of(questions, constant, seed: 3);

        Assert.InRange(RoutingMetrics.OfCalls(curve).Apgr, 0.47, 0.53);
        Assert.Equal(curve.Points, RoutingCurve.Of(questions, constant, seed: 3).Points);
        Assert.NotEqual(curve.Points, RoutingCurve.Of(questions, constant, seed: 4).Points);
    }

    [Fact]
    public void Nothing_beats_the_true_gain() => Gen.ULong[0, 1000].Sample(seed =>
    {
        PairQuestion[] questions = Questions(300, seed);
        double perfect = RoutingMetrics.OfCalls(RoutingCurve.Of(questions, [.. questions.Select(question => question.Gain)], seed)).Apgr;
        double other = RoutingMetrics.OfCalls(RoutingCurve.Of(questions, Noise(300, seed + 1), seed)).Apgr;
        return perfect > other;
    });

    [Fact]
    public void The_ends_are_the_models_alone() => Gen.ULong[0, 1000].Sample(seed =>
    {
        RoutingCurve curve = RoutingCurve.Of(Questions(150, seed), Noise(150, seed + 1), seed);
        return curve.Points.Count == 11
            && curve.Points[0] == new CurvePoint(0, curve.Weak)
            && curve.Points[^1] == new CurvePoint(1, curve.Strong);
    });

    [Fact]
    public void Only_the_order_of_scores_matters() => Gen.ULong[0, 1000].Sample(seed =>
    {
        // 101 scores, so that every edge is one of them and not a mean of two.
        PairQuestion[] questions = Questions(101, seed);
        double[] scores = Noise(101, seed + 1);
        return RoutingCurve.Of(questions, scores, seed).Points.SequenceEqual(
            RoutingCurve.Of(questions, [.. scores.Select(score => Math.Exp(5 * score))], seed).Points);
    });

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(0, 10)]
    [InlineData(0.5, 15)]
    [InlineData(4.25, 52.5)]
    [InlineData(6, 70)]
    [InlineData(7, 70)]
    public void Interpolation_is_linear_and_holds_its_ends(double x, double expected) =>
        Assert.Equal(expected, Interpolation.At(x, [0, 1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 50, 60, 70]), 12);

    [Fact]
    public void Where_a_curve_crosses_twice_bisection_decides()
    {
        // 0.55 is reached between the first points and again after the dip; the first four points are looked at one by one.
        Assert.Equal(0.55, Interpolation.At(0.55, [0, 1, 0.5, 0.6, 2], [0, 1, 2, 3, 4]), 12);
    }

    [Fact]
    public void A_score_that_is_no_number_is_refused() =>
        Assert.Throws<ArgumentException>(() => RoutingCurve.Of(Questions(2), [0, double.NaN], seed: 0));

    private static PairQuestion[] Questions(int count, ulong seed = 1)
    {
        SeededGenerator generator = new(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
            new PairQuestion($"question {i}", generator.NextDouble() < 0.5, generator.NextDouble() < 0.8, null))];
    }

    private static double[] Noise(int count, ulong seed)
    {
        SeededGenerator generator = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => generator.NextDouble())];
    }
}
