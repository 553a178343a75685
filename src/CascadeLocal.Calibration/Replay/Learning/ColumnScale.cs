namespace CascadeLocal.Calibration.Replay.Learning;

/// <summary>Brings columns to mean 0 and deviation 1 over the rows it was fitted on.</summary>
internal sealed class ColumnScale
{
    /// <summary>So far from the mean all values are the same: nothing there was seen in training.</summary>
    private const double Farthest = 6;

    private readonly double[] _mean;
    private readonly double[] _scale;

    /// <summary>Fits the scale; a column that never varies becomes 0.</summary>
    public ColumnScale(IReadOnlyList<float[]> rows)
    {
        _mean = new double[rows[0].Length];
        _scale = new double[_mean.Length];
        for (int c = 0; c < _mean.Length; c++)
        {
            double mean = rows.Average(row => (double)row[c]);
            double variance = rows.Average(row => (row[c] - mean) * (row[c] - mean));
            _mean[c] = mean;
            _scale[c] = variance > 1e-12 ? 1 / Math.Sqrt(variance) : 0;
        }
    }

    /// <summary>Writes a row's scaled columns.</summary>
    public void Apply(ReadOnlySpan<float> row, Span<double> scaled)
    {
        for (int c = 0; c < scaled.Length; c++)
            scaled[c] = Math.Clamp((row[c] - _mean[c]) * _scale[c], -Farthest, Farthest);
    }
}
