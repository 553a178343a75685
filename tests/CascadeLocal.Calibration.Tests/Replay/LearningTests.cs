using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>The learners that a replay uses.</summary>
public sealed class LearningTests
{
    [Fact]
    public void A_factorised_matrix_solves_its_system() => Gen.ULong.Sample(seed =>
    {
        SeededGenerator generator = new(seed);
        double[][] square = Matrix(generator, 6, 6);
        // B·Bᵀ + 1 is symmetric and positive definite.
        double[][] matrix = [.. square.Select(row => square.Select(other => Dot(row, other)).ToArray())];
        double[] expected = [.. Enumerable.Range(0, 6).Select(_ => Signed(generator))];
        double[] right = [.. matrix.Select((row, i) => Dot(row, expected) + expected[i])];
        double[] found = new Cholesky(matrix, [1, 1, 1, 1, 1, 1]).Solve(right);
        return found.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
    });

    [Fact]
    public void Clusters_that_agree_predict_what_they_agree_on()
    {
        (PointSet points, _) = TwoGroups();
        double[][] targets = [.. Enumerable.Range(0, points.Count).Select(_ => new[] { 0.25, -1 })];

        double[] prediction = ForecastFit.Of(points, targets, seed: 1, TestContext.Current.CancellationToken).Predict([0, 0]);
        Assert.Equal(0.25, prediction[0], 6);
        Assert.Equal(-1, prediction[1], 6);
    }

    [Fact]
    public void Clusters_tell_groups_apart_and_are_shrunk_towards_the_mean()
    {
        (PointSet points, double[][] targets) = TwoGroups();
        QueryForecast clusters = ForecastFit.Of(points, targets, seed: 1, TestContext.Current.CancellationToken);
        double one = clusters.Predict([0, 0])[0];
        double zero = clusters.Predict([10, 10])[0];

        Assert.InRange(one, 0.55, 0.99);
        Assert.InRange(zero, 0.01, 0.45);
    }

    [Fact]
    public void The_line_of_a_forecast_is_that_of_ridge_regression() => Gen.ULong.Sample(seed =>
    {
        SeededGenerator generator = new(seed);
        float[] x = [.. Enumerable.Range(0, 120).Select(_ => (float)(3 * Signed(generator)))];
        double[][] targets = [.. x.Select(value => new[] { 0.5 + (0.1 * value) + (0.2 * Signed(generator)), Signed(generator) })];
        LinearForecast line = ForecastFit.Of(new(x, 1), targets, seed: 1).Linear!;

        double middle = x.Average(value => (double)value);
        double squares = x.Sum(value => (value - middle) * (value - middle));
        return Enumerable.Range(0, 2).All(model =>
        {
            double mean = targets.Average(target => target[model]);
            double slope = x.Select((value, i) => (value - middle) * (targets[i][model] - mean)).Sum() / (squares + 30);
            return Math.Abs(line.Predict([2], model) - (mean + (slope * (2 - middle)))) < 1e-5;
        });
    });

    [Fact]
    public void A_line_goes_on_within_a_cluster()
    {
        SeededGenerator generator = new(4);
        float[] x = [.. Enumerable.Range(0, 400).Select(_ => (float)(3 * Signed(generator)))];
        QueryForecast forecast = ForecastFit.Of(
            new(x, 1), [.. x.Select(value => new[] { 0.5 + (value / 6.0) })], seed: 1, TestContext.Current.CancellationToken);
        QueryForecast withoutLine = new(forecast.Clusterings);

        Assert.True(Enumerable.Range(0, 100).Average(i => Error(forecast, i)) < Enumerable.Range(0, 100).Average(i => Error(withoutLine, i)));

        static double Error(QueryForecast forecast, int i)
        {
            float at = (i * 0.06f) - 3;
            return Math.Abs(forecast.Predict([at])[0] - (0.5 + (at / 6.0)));
        }
    }

    private static (PointSet Points, double[][] Targets) TwoGroups()
    {
        SeededGenerator generator = new(9);
        float[] values = new float[400];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Signed(generator) + (i >= 200 ? 10 : 0));
        return (new(values, 2), [.. Enumerable.Range(0, 200).Select(i => new[] { i < 100 ? 1.0 : 0 })]);
    }

    private static double[][] Matrix(SeededGenerator generator, int rows, int columns) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => Signed(generator)).ToArray())];

    private static double Signed(SeededGenerator generator) => (2 * generator.NextDouble()) - 1;

    private static double Dot(double[] a, double[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);
}
