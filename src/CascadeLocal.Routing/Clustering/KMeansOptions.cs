namespace CascadeLocal.Routing.Clustering;

/// <summary>How points are clustered.</summary>
public sealed record KMeansOptions
{
    /// <summary>How many clusters are wanted; there are never more than different points.</summary>
    public required int Clusters { get; init; }

    /// <summary>Starts from different seeds, of which the best end is taken.</summary>
    public int Restarts { get; init; } = 20;

    /// <summary>Decides all starts: equal seeds give equal clusters, on every machine of the same vector width.</summary>
    public ulong Seed { get; init; }

    /// <summary>Most rounds of one start.</summary>
    public int MaximumIterations { get; init; } = 300;
}
