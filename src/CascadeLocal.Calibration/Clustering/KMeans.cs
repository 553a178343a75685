using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// k-means. A round needs one pass over the points and memory for their labels, so the number of points is bounded by that
/// of the points themselves.
/// </summary>
public static class KMeans
{
    /// <summary>The best of several starts by k-means++, which run on all cores; ties go to the earlier one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is below 1.</exception>
    public static KMeansResult Fit(PointSet points, KMeansOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Clusters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Restarts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumIterations, 1);
        int clusters = points.CountDistinct(options.Clusters);
        if (points.Count > options.MostStarted && points.Select(Sample(points.Count, options)) is var sample && sample.CountDistinct(clusters) == clusters)
        {
            Centroids found = Fit(sample, options with { Clusters = clusters }, cancellationToken).Centroids;
            return LloydDescent.Run(points, found, options.MaximumIterations) with { Notice = NoticeOf(options.Clusters, clusters) };
        }

        KMeansResult[] ends = new KMeansResult[options.Restarts];
        Parallel.For(0, options.Restarts, new ParallelOptions { CancellationToken = cancellationToken }, restart =>
        {
            SeededGenerator generator = SeededGenerator.Of(options.Seed, restart);
            Centroids start = PlusPlusStart.Choose(points, clusters, generator);
            ends[restart] = LloydDescent.Run(points, start, options.MaximumIterations);
        });
        return ends.MinBy(end => end.Inertia)! with { Notice = NoticeOf(options.Clusters, clusters) };
    }

    private static int[] Sample(int count, KMeansOptions options)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededGenerator(options.Seed).Shuffle<int>(order);
        return order[..options.MostStarted];
    }

    private static string? NoticeOf(int wanted, int clusters) => clusters switch
    {
        _ when clusters == wanted => null,
        1 => $"there is only 1 different point, so k is 1, not {wanted}",
        _ => $"there are only {clusters} different points, so k is {clusters}, not {wanted}",
    };
}

/// <summary>How points are clustered.</summary>
public sealed record KMeansOptions
{
    /// <summary>How many clusters are wanted; there are never more than different points.</summary>
    public required int Clusters { get; init; }

    /// <summary>Starts from different seeds, of which the best end is taken.</summary>
    public int Restarts { get; init; } = 20;

    /// <summary>
    /// Of more points, so many are drawn; the starts are tried on these, and the best end is where a single descent on all points begins.
    /// </summary>
    public int MostStarted { get; init; } = int.MaxValue;

    /// <summary>Decides all starts: equal seeds give equal clusters, on every machine of the same vector width.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most rounds of one start.</summary>
    public int MaximumIterations { get; init; } = 300;
}

/// <summary>Clusters of points. None is empty.</summary>
public sealed record KMeansResult
{
    /// <summary>The means of the clusters.</summary>
    public required Centroids Centroids { get; init; }

    /// <summary>The cluster of each point: that of the nearest centroid, unless the rounds ran out.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>How many points each cluster has.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>Sum of the squared distances of points to their centroids.</summary>
    public required double Inertia { get; init; }

    /// <summary>Rounds of assigning all points, with the one that changed nothing.</summary>
    public required int Iterations { get; init; }

    /// <summary>A sentence on what is other than asked for, or null.</summary>
    public string? Notice { get; init; }
}
