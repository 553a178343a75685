namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// Predicts a number from features of a text and the embedding of its query. Both are standardised; the embedding, 384
/// columns that each say little, is penalised many times harder. How hard is decided by leave-one-out error.
/// </summary>
internal sealed class TextHead
{
    private static readonly double[] FeaturePenalties = [30, 100, 300];
    private static readonly double[] EmbeddingFactors = [25, 100];

    private readonly ColumnScale _features;
    private readonly ColumnScale _embedding;
    private readonly RidgeRegression _regression;
    private readonly int _featureCount;

    /// <summary>Fits the head; the three lists go together.</summary>
    public TextHead(IReadOnlyList<float[]> features, IReadOnlyList<float[]> embeddings, IReadOnlyList<double> targets)
    {
        _featureCount = features[0].Length;
        _features = new(features);
        _embedding = new(embeddings);
        double[][] rows = [.. features.Select((row, index) => RowOf(row, embeddings[index]))];
        _regression = RidgeRegression.Fit(rows, targets, Penalties(rows[0].Length));
    }

    public double Predict(float[] features, float[] embedding) => _regression.Predict(RowOf(features, embedding));

    private double[] RowOf(float[] features, float[] embedding)
    {
        double[] row = new double[features.Length + embedding.Length];
        _features.Apply(features, row.AsSpan(0, features.Length));
        _embedding.Apply(embedding, row.AsSpan(features.Length));
        return row;
    }

    private double[][] Penalties(int columns) =>
    [
        .. from penalty in FeaturePenalties
           from factor in EmbeddingFactors
           select Enumerable.Range(0, columns).Select(c => c < _featureCount ? penalty : factor * penalty).ToArray(),
    ];
}

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
