using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// Fits forecasts to labels: what is expected of a query is the mean over its neighbours in several clusterings, and a line through all
/// queries beside it.
/// </summary>
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

    /// <summary>
    /// What keeps the line flat (ridge regression; Hoerl and Kennard 1970). Vectors have length 1, so it bends as far as some hundred
    /// queries pull it.
    /// </summary>
    private const double Flatness = 30;

    /// <summary>Fits the clusters, what is expected in them, and the line.</summary>
    /// <param name="points">The queries' vectors.</param>
    /// <param name="targets">For each query the numbers to forecast, all of one length.</param>
    /// <param name="seed">Decides the clusters.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static QueryForecast Of(PointSet points, IReadOnlyList<double[]> targets, ulong seed, CancellationToken cancellationToken = default)
    {
        ForecastClustering[] clusterings = [.. Counts.Select(count =>
        {
            KMeansOptions options = new() { Clusters = count, Restarts = Restarts, Seed = seed, MostStarted = MostStarted };
            KMeansResult clusters = KMeans.Fit(points, options, cancellationToken);
            return new ForecastClustering(clusters.Centroids, Means(clusters.Labels, clusters.Centroids.Count, targets));
        })];
        cancellationToken.ThrowIfCancellationRequested();
        return new(clusterings, Line(points, targets));
    }

    /// <summary>
    /// The forecast with one more model, or with one measured anew: its means are those of its own queries, which need not be those that
    /// the clusters were found among.
    /// </summary>
    /// <param name="forecast">The forecast.</param>
    /// <param name="model">The model's place; the number of models for a new one.</param>
    /// <param name="points">The vectors of its queries; one at least.</param>
    /// <param name="targets">For each of them how right it was.</param>
    public static QueryForecast With(QueryForecast forecast, int model, PointSet points, IReadOnlyList<double> targets)
    {
        double[][] rows = [.. targets.Select(target => new[] { target })];
        int models = Math.Max(forecast.Models, model + 1);
        ForecastClustering[] clusterings = [.. forecast.Clusterings.Select(clustering =>
        {
            int clusters = clustering.Centroids.Count;
            int[] labels = [.. Enumerable.Range(0, points.Count).Select(i => clustering.Centroids.Nearest(points[i]))];
            float[] own = Means(labels, clusters, rows);
            float[] expected = new float[clusters * models];
            for (int c = 0; c < clusters; c++)
            {
                for (int m = 0; m < models; m++)
                    expected[(c * models) + m] = m == model ? own[c] : clustering[c, m];
            }

            return new ForecastClustering(clustering.Centroids, expected);
        })];
        if (forecast.Linear is not { } line)
            return new(clusterings);
        LinearForecast its = Line(points, rows);
        return new(clusterings, new([.. Enumerable.Range(0, models).SelectMany(m => (m == model ? its.Row(0) : line.Row(m)).ToArray())], line.Dimensions));
    }

    // The slopes solve (XᵀX + flatness) · w = Xᵀy, of vectors and targets less their means.
    private static LinearForecast Line(PointSet points, IReadOnlyList<double[]> targets)
    {
        int dimensions = points.Dimensions, models = targets[0].Length;
        double[] middle = new double[dimensions], point = new double[dimensions];
        for (int i = 0; i < points.Count; i++)
        {
            TensorPrimitives.ConvertChecked(points[i], point.AsSpan());
            TensorPrimitives.MultiplyAdd(point, 1.0 / points.Count, middle, middle);
        }

        double[] means = [.. Enumerable.Range(0, models).Select(m => targets.Average(target => target[m]))];
        double[][] squares = [.. Enumerable.Range(0, dimensions).Select(d => new double[d + 1])];
        double[][] products = [.. means.Select(_ => new double[dimensions])];
        for (int i = 0; i < points.Count; i++)
        {
            TensorPrimitives.ConvertChecked(points[i], point.AsSpan());
            TensorPrimitives.Subtract(point, middle, point);
            for (int d = 0; d < dimensions; d++)
                TensorPrimitives.MultiplyAdd(point.AsSpan(0, d + 1), point[d], squares[d], squares[d]);
            for (int m = 0; m < models; m++)
                TensorPrimitives.MultiplyAdd(point, targets[i][m] - means[m], products[m], products[m]);
        }

        Cholesky matrix = new(squares, [.. Enumerable.Repeat(Flatness, dimensions)]);
        return new([.. Enumerable.Range(0, models).SelectMany(m => WithOrigin(matrix.Solve(products[m]), means[m]))], dimensions);

        float[] WithOrigin(double[] slope, double mean) =>
            [.. slope.Select(weight => (float)weight), (float)(mean - TensorPrimitives.Dot<double>(slope, middle))];
    }

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
