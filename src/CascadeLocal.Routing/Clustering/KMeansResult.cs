namespace CascadeLocal.Routing.Clustering;

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
