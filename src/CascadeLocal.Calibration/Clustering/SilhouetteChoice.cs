using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>The clusterings for several k, and the one whose silhouette is the highest.</summary>
public sealed record SilhouetteChoice
{
    /// <summary>The smallest k that is tried unless the points allow fewer.</summary>
    public const int SmallestClusters = 2;

    /// <summary>The largest k that is tried.</summary>
    public const int LargestClusters = 9;

    /// <summary>One for each k, ascending.</summary>
    public required IReadOnlyList<ClusterCount> Candidates { get; init; }

    /// <summary>The one to take.</summary>
    public required ClusterCount Chosen { get; init; }

    /// <summary>
    /// Clusters points for k = 2..9, no more than there are different points, and chooses. One different point gives one
    /// cluster.
    /// </summary>
    /// <param name="points">The points.</param>
    /// <param name="seed">Decides the starts, and the sample for the silhouette of very many points.</param>
    /// <param name="mostStarted">As <see cref="KMeansOptions.MostStarted"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static SilhouetteChoice Fit(PointSet points, ulong seed = 0, int mostStarted = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        int largest = points.CountDistinct(LargestClusters);
        int smallest = Math.Min(SmallestClusters, largest);
        List<KMeansResult> results = [];
        for (int k = smallest; k <= largest; k++)
            results.Add(KMeans.Fit(points, new() { Clusters = k, Seed = seed, MostStarted = mostStarted }, cancellationToken));
        IReadOnlyList<double?> silhouettes =
            Silhouette.Means(points, [.. results.Select(result => result.Labels)], seed, cancellationToken);
        IReadOnlyList<ClusterCount> candidates =
            [.. results.Zip(silhouettes, (result, silhouette) => new ClusterCount(result, silhouette))];
        return new() { Candidates = candidates, Chosen = candidates[IndexOfHighest(silhouettes)] };
    }

    /// <summary>The first of the highest; those that are not defined come last.</summary>
    internal static int IndexOfHighest(IReadOnlyList<double?> silhouettes)
    {
        int highest = 0;
        for (int i = 1; i < silhouettes.Count; i++)
        {
            if (silhouettes[i] is { } value && !(value <= silhouettes[highest]))
                highest = i;
        }

        return highest;
    }
}

/// <summary>A clustering for one k.</summary>
/// <param name="Result">Its clusters.</param>
/// <param name="Silhouette">Its mean silhouette, or null where that is not defined.</param>
public sealed record ClusterCount(KMeansResult Result, double? Silhouette)
{
    /// <summary>k.</summary>
    public int Clusters => Result.Sizes.Count;
}
