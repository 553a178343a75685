using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Replay;
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
    public void A_linear_rule_is_found()
    {
        SeededGenerator generator = new(5);
        double[][] rows = Matrix(generator, 40, 3);
        double[] targets = [.. rows.Select(row => 2 + (3 * row[0]) - row[2])];
        RidgeRegression regression = RidgeRegression.Fit(rows, targets, [[1e-9, 1e-9, 1e-9]]);

        Assert.Equal(2 + 3 - 5, regression.Predict([1, 100, 5]), 5);
    }

    [Fact]
    public void A_great_penalty_leaves_the_mean()
    {
        RidgeRegression regression = RidgeRegression.Fit([[1.0], [2], [3]], [1.0, 2, 6], [[1e12]]);

        Assert.Equal(3, regression.Predict([100]), 6);
    }

    [Fact]
    public void The_penalty_is_that_which_leaving_one_out_prefers() => Gen.ULong.Sample(
        seed =>
        {
            SeededGenerator generator = new(seed);
            double[][] rows = Matrix(generator, 12, 4);
            double[] targets = [.. rows.Select(row => row[0] + (2 * Signed(generator)))];
            double[][] candidates = [[0.1, 0.1, 0.1, 0.1], [1, 1, 10, 10], [50, 50, 50, 50]];
            double[] best = candidates.MinBy(candidate => LeaveOneOut(rows, targets, candidate))!;
            double expected = RidgeRegression.Fit(rows, targets, [best]).Predict([1, 2, 3, 4]);
            return Math.Abs(RidgeRegression.Fit(rows, targets, candidates).Predict([1, 2, 3, 4]) - expected) < 1e-9;
        },
        iter: 50);

    [Fact]
    public void Scaled_columns_have_mean_0_and_deviation_1_and_dead_ones_are_0()
    {
        ColumnScale scale = new([[1, 7], [3, 7], [5, 7]]);
        double[] scaled = new double[2];
        scale.Apply([5, 8], scaled);

        Assert.Equal([2 / Math.Sqrt(8.0 / 3), 0], scaled);
        scale.Apply([1e9f, 7], scaled);
        Assert.Equal(6, scaled[0]);
    }

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

    private static (PointSet Points, double[][] Targets) TwoGroups()
    {
        SeededGenerator generator = new(9);
        float[] values = new float[400];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Signed(generator) + (i >= 200 ? 10 : 0));
        return (new(values, 2), [.. Enumerable.Range(0, 200).Select(i => new[] { i < 100 ? 1.0 : 0 })]);
    }

    private static double LeaveOneOut(double[][] rows, double[] targets, double[] penalty) => Enumerable.Range(0, rows.Length).Sum(left =>
    {
        int[] kept = [.. Enumerable.Range(0, rows.Length).Where(i => i != left)];
        double predicted = RidgeRegression.Fit([.. kept.Select(i => rows[i])], [.. kept.Select(i => targets[i])], [penalty]).Predict(rows[left]);
        return (predicted - targets[left]) * (predicted - targets[left]);
    });

    private static double[][] Matrix(SeededGenerator generator, int rows, int columns) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => Signed(generator)).ToArray())];

    private static double Signed(SeededGenerator generator) => (2 * generator.NextDouble()) - 1;

    private static double Dot(double[] a, double[] b) => a.Zip(b).Sum(pair => pair.First * pair.Second);
}
