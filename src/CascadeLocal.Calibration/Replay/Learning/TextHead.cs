namespace CascadeLocal.Calibration.Replay.Learning;

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
