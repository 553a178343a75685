using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// Predicts numbers for a query from the averages of its clusters, over several cluster counts at once: coarse clusters are
/// sure of little, fine ones unsure of much, and their mean is better than either.
/// </summary>
internal sealed class ClusterAverages
{
    /// <summary>Counts from "a few subjects" to "as many as the labels bear".</summary>
    private static readonly int[] Counts = [5, 10, 15, 20, 30, 40];

    /// <summary>An average of several clusterings does not need the best start of each.</summary>
    private const int Restarts = 3;

    /// <summary>A cluster's average is shrunk towards that of all, as if it had so many more queries like them.</summary>
    private const double PriorQueries = 20;

    private readonly (Centroids Centroids, double[][] Averages)[] _clusterings;

    /// <summary>Fits the clusters and their averages.</summary>
    /// <param name="points">The queries' vectors.</param>
    /// <param name="targets">For each query the numbers to predict, all of one length.</param>
    /// <param name="seed">Decides the clusters.</param>
    public ClusterAverages(PointSet points, IReadOnlyList<double[]> targets, ulong seed)
    {
        double[] mean = [.. Enumerable.Range(0, targets[0].Length).Select(t => targets.Average(target => target[t]))];
        _clusterings = [.. Counts.Select(count => Cluster(points, targets, mean, count, seed))];
    }

    /// <summary>The predictions for a query.</summary>
    public double[] Predict(ReadOnlySpan<float> point)
    {
        double[] prediction = new double[_clusterings[0].Averages[0].Length];
        foreach ((Centroids centroids, double[][] averages) in _clusterings)
        {
            double[] average = averages[centroids.Nearest(point)];
            for (int t = 0; t < prediction.Length; t++)
                prediction[t] += average[t] / _clusterings.Length;
        }

        return prediction;
    }

    private static (Centroids Centroids, double[][] Averages) Cluster(
        PointSet points, IReadOnlyList<double[]> targets, double[] mean, int count, ulong seed)
    {
        KMeansResult clusters = KMeans.Fit(points, new() { Clusters = count, Restarts = Restarts, Seed = seed });
        double[][] averages = [.. clusters.Sizes.Select(_ => mean.Select(value => value * PriorQueries).ToArray())];
        for (int i = 0; i < points.Count; i++)
        {
            double[] sums = averages[clusters.Labels[i]];
            for (int t = 0; t < mean.Length; t++)
                sums[t] += targets[i][t];
        }

        for (int cluster = 0; cluster < averages.Length; cluster++)
        {
            for (int t = 0; t < mean.Length; t++)
                averages[cluster][t] /= clusters.Sizes[cluster] + PriorQueries;
        }

        return (clusters.Centroids, averages);
    }
}
