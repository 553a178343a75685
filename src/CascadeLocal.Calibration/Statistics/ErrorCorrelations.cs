using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Statistics;

/// <summary>How much two models err on the same queries of a cluster, from labels of both on all of them.</summary>
public sealed class ErrorCorrelations
{
    private readonly double[][,] _correlations;

    private ErrorCorrelations(double[][,] correlations) => _correlations = correlations;

    /// <summary>Computes the correlations.</summary>
    /// <param name="clusters">For each cluster, for each of its queries, how right each model is, 0..1.</param>
    /// <param name="models">How many models there are.</param>
    public static ErrorCorrelations Of(IReadOnlyList<IReadOnlyList<double[]>> clusters, int models)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        return new([.. clusters.Select(queries => OfCluster(queries, models))]);
    }

    /// <summary>The correlation of two models in a cluster, -1..1; 0 where one of them does not vary.</summary>
    public double Of(int cluster, int one, int other) => _correlations[cluster][one, other];

    private static double[,] OfCluster(IReadOnlyList<double[]> queries, int models)
    {
        double[,] correlations = new double[models, models];
        double[] means = [.. Enumerable.Range(0, models).Select(m => queries.Count == 0 ? 0 : queries.Average(q => q[m]))];
        double Covariance(int a, int b) => queries.Sum(q => (q[a] - means[a]) * (q[b] - means[b])) / queries.Count;
        for (int a = 0; a < models; a++)
        {
            for (int b = 0; b < models && queries.Count > 0; b++)
            {
                double variances = Covariance(a, a) * Covariance(b, b);
                double covariance = Corrected(Covariance(a, b), queries.Count);
                correlations[a, b] = variances > 0 ? Math.Clamp(covariance / Math.Sqrt(variances), -1, 1) : 0;
            }
        }

        return correlations;
    }

    // Newcombe's correction for continuity: of few queries a positive correlation is not taken at its word.
    private static double Corrected(double covariance, int queries) =>
        covariance > 0 ? Math.Max(0, covariance - 0.5 / queries) : covariance;
}

/// <summary>What labels say of a pool beyond the statistics that it is fitted to.</summary>
/// <param name="Measured">The statistics with the error rates as counted, where those of the fit are shrunk.</param>
/// <param name="Correlations">How much two models err on the same queries; null where they count as independent.</param>
public sealed record LabelEvidence(PoolStatistics Measured, ErrorCorrelations? Correlations)
{
    /// <summary>
    /// A model that was measured on other queries than the clusters are of: its index, and how many there were in each cluster; null for none.
    /// </summary>
    public (int Model, IReadOnlyList<int> Counts)? Probe { get; init; }

    /// <summary>How many queries an error rate rests on.</summary>
    internal double QueriesOf(int model, int cluster) =>
        Probe is { } probe && probe.Model == model ? probe.Counts[cluster] : Measured.Clusters[cluster].Size;
}
