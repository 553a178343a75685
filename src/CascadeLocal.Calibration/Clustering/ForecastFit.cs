using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>Fits forecasts to labels: what is expected of a query is the mean over its neighbours in several clusterings.</summary>
internal static class ForecastFit
{
    /// <summary>Of fewer questions nothing is known that the mean does not say.</summary>
    public const int FewestQuestions = 100;

    /// <summary>A cluster's mean is shrunk towards that of all, as if it had so many more queries like them.</summary>
    private const double PriorQueries = 20;

    /// <summary>Counts from "a few subjects" to "as many as the labels bear".</summary>
    private static readonly int[] Counts = [5, 10, 15, 20, 30, 40];

    /// <summary>A mean of several clusterings does not need the best start of each.</summary>
    private const int Restarts = 3;

    /// <summary>As <see cref="KMeansOptions.MostStarted"/>.</summary>
    private const int MostStarted = 4_000;

    /// <summary>Fits the clusters and what is expected in them.</summary>
    /// <param name="points">The queries' vectors.</param>
    /// <param name="targets">For each query the numbers to forecast, all of one length.</param>
    /// <param name="seed">Decides the clusters.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static QueryForecast Of(PointSet points, IReadOnlyList<double[]> targets, ulong seed, CancellationToken cancellationToken = default) =>
        new([.. Counts.Select(count =>
        {
            KMeansOptions options = new() { Clusters = count, Restarts = Restarts, Seed = seed, MostStarted = MostStarted };
            KMeansResult clusters = KMeans.Fit(points, options, cancellationToken);
            return new ForecastClustering(clusters.Centroids, Means(clusters.Labels, clusters.Centroids.Count, targets));
        })]);

    /// <summary>
    /// The forecast with one more model, or with one measured anew: its means are those of its own queries, which need not be those that
    /// the clusters were found among.
    /// </summary>
    /// <param name="forecast">The forecast.</param>
    /// <param name="model">The model's place; the number of models for a new one.</param>
    /// <param name="points">The vectors of its queries; one at least.</param>
    /// <param name="targets">For each of them how right it was.</param>
    public static QueryForecast With(QueryForecast forecast, int model, PointSet points, IReadOnlyList<double> targets) =>
        new([.. forecast.Clusterings.Select(clustering =>
        {
            int clusters = clustering.Centroids.Count;
            int[] labels = [.. Enumerable.Range(0, points.Count).Select(i => clustering.Centroids.Nearest(points[i]))];
            float[] own = Means(labels, clusters, [.. targets.Select(target => new[] { target })]);
            int models = Math.Max(clustering.Models, model + 1);
            float[] expected = new float[clusters * models];
            for (int c = 0; c < clusters; c++)
            {
                for (int m = 0; m < models; m++)
                    expected[(c * models) + m] = m == model ? own[c] : clustering[c, m];
            }

            return new ForecastClustering(clustering.Centroids, expected);
        })]);

    private static float[] Means(IReadOnlyList<int> labels, int clusters, IReadOnlyList<double[]> targets)
    {
        int models = targets[0].Length;
        double[] pool = [.. Enumerable.Range(0, models).Select(m => targets.Average(target => target[m]))];
        double[] sums = new double[clusters * models];
        double[] counts = new double[clusters];
        for (int i = 0; i < targets.Count; i++)
        {
            counts[labels[i]]++;
            for (int m = 0; m < models; m++)
                sums[(labels[i] * models) + m] += targets[i][m];
        }

        return [.. sums.Select((sum, place) => (float)((sum + (PriorQueries * pool[place % models])) / (counts[place / models] + PriorQueries)))];
    }
}
