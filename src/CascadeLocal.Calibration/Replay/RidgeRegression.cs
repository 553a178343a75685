using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// Least squares with a penalty for each column, in closed form: no seed, no steps, the same result every time. Of several
/// penalties that with the least leave-one-out error is taken.
/// </summary>
internal sealed class RidgeRegression
{
    private readonly double[] _weights;
    private readonly double _intercept;

    private RidgeRegression(double[] weights, double intercept)
    {
        _weights = weights;
        _intercept = intercept;
    }

    /// <summary>Fits rows to targets; the intercept has no penalty.</summary>
    /// <param name="rows">One at least, of equal lengths.</param>
    /// <param name="targets">One a row.</param>
    /// <param name="penalties">Candidates, each with a penalty above 0 for every column.</param>
    public static RidgeRegression Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> targets, IReadOnlyList<double[]> penalties)
    {
        double[] mean = MeanOf(rows);
        double target = targets.Average();
        double[][] centred = [.. rows.Select(row => Subtract(row, mean))];
        double[] residuals = [.. targets.Select(value => value - target)];
        double[][] gram = GramOf(centred);
        double[] moments = new double[mean.Length];
        for (int r = 0; r < centred.Length; r++)
            TensorPrimitives.MultiplyAdd<double>(centred[r], residuals[r], moments, moments);

        double[] best = [];
        double least = double.PositiveInfinity;
        foreach (double[] penalty in penalties)
        {
            Cholesky factor = new(gram, penalty);
            double[] weights = factor.Solve(moments);
            double error = penalties.Count > 1 ? LeaveOneOut(centred, residuals, factor, weights) : 0;
            if (error < least)
                (best, least) = (weights, error);
        }

        return new(best, target - TensorPrimitives.Dot<double>(best, mean));
    }

    public double Predict(ReadOnlySpan<double> row) => _intercept + TensorPrimitives.Dot(_weights, row);

    /// <summary>
    /// The squared error of every row under a fit without it, from one fit with all: a residual grows by 1/(1 − h), where h
    /// is how far the row's own target moves its prediction.
    /// </summary>
    private static double LeaveOneOut(double[][] rows, double[] residuals, Cholesky factor, double[] weights)
    {
        double sum = 0;
        for (int r = 0; r < rows.Length; r++)
        {
            double own = (1.0 / rows.Length) + TensorPrimitives.SumOfSquares<double>(factor.SolveLower(rows[r]));
            double error = (residuals[r] - TensorPrimitives.Dot<double>(weights, rows[r])) / (1 - own);
            sum += error * error;
        }

        return sum;
    }

    private static double[] MeanOf(IReadOnlyList<double[]> rows)
    {
        double[] mean = new double[rows[0].Length];
        foreach (double[] row in rows)
            TensorPrimitives.Add<double>(mean, row, mean);
        TensorPrimitives.Divide(mean, rows.Count, mean);
        return mean;
    }

    private static double[] Subtract(double[] row, double[] mean)
    {
        double[] centred = new double[row.Length];
        TensorPrimitives.Subtract<double>(row, mean, centred);
        return centred;
    }

    /// <summary>The lower triangle of the columns' products.</summary>
    private static double[][] GramOf(double[][] rows)
    {
        double[][] gram = [.. Enumerable.Range(1, rows[0].Length).Select(length => new double[length])];
        foreach (double[] row in rows)
        {
            for (int i = 0; i < gram.Length; i++)
                TensorPrimitives.MultiplyAdd(row.AsSpan(0, i + 1), row[i], gram[i], gram[i]);
        }

        return gram;
    }
}
