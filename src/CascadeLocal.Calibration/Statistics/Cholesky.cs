using System.Numerics.Tensors;

namespace CascadeLocal.Calibration.Statistics;

/// <summary>A symmetric positive definite matrix as L·Lᵀ.</summary>
internal sealed class Cholesky
{
    /// <summary>Row i has i + 1 values.</summary>
    private readonly double[][] _rows;

    /// <summary>Factorises a matrix, of which only the lower triangle is read.</summary>
    /// <param name="matrix">Row i has i + 1 values at least.</param>
    /// <param name="diagonal">Added to the diagonal.</param>
    public Cholesky(double[][] matrix, ReadOnlySpan<double> diagonal)
    {
        _rows = new double[matrix.Length][];
        for (int i = 0; i < matrix.Length; i++)
        {
            double[] row = _rows[i] = new double[i + 1];
            for (int j = 0; j < i; j++)
                row[j] = (matrix[i][j] - TensorPrimitives.Dot<double>(row.AsSpan(0, j), _rows[j].AsSpan(0, j))) / _rows[j][j];
            row[i] = Math.Sqrt(matrix[i][i] + diagonal[i] - TensorPrimitives.SumOfSquares<double>(row.AsSpan(0, i)));
        }
    }

    /// <summary>Solves L·y = b.</summary>
    public double[] SolveLower(ReadOnlySpan<double> b)
    {
        double[] y = new double[b.Length];
        for (int i = 0; i < y.Length; i++)
            y[i] = (b[i] - TensorPrimitives.Dot<double>(_rows[i].AsSpan(0, i), y.AsSpan(0, i))) / _rows[i][i];
        return y;
    }

    /// <summary>Solves L·Lᵀ·x = b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        double[] x = SolveLower(b);
        for (int i = x.Length - 1; i >= 0; i--)
        {
            x[i] /= _rows[i][i];
            // Lᵀ by columns: what is known is taken off all values before it.
            Span<double> before = x.AsSpan(0, i);
            TensorPrimitives.MultiplyAdd(_rows[i].AsSpan(0, i), -x[i], before, before);
        }

        return x;
    }
}
