namespace CascadeLocal.Routing.StageOne;

/// <summary>One kind of cost of one model: a time in ms, or a cost in the unit of the labels.</summary>
/// <param name="Pool">The stated figure over all queries, or null.</param>
/// <param name="Clusters">One figure per cluster; null or beyond the end where it was not measured.</param>
public sealed record MeasuredCost(double? Pool, IReadOnlyList<double?> Clusters)
{
    /// <summary>Nothing was measured.</summary>
    public static MeasuredCost None { get; } = new(null, []);

    /// <summary>The stated figure where nothing was measured in any cluster, or null.</summary>
    public double? Stated => Clusters.All(figure => figure is null) ? Pool : null;

    /// <summary>The figure of a cluster, or null.</summary>
    public double? InCluster(int cluster) => cluster < Clusters.Count ? Clusters[cluster] : null;

    /// <summary>The stated pool figure, else the size-weighted mean of the measured clusters, or null.</summary>
    public double? PoolFigure(IReadOnlyList<ClusterStatistics> clusters)
    {
        if (Pool is not null)
            return Pool;
        int[] measured = [.. Enumerable.Range(0, clusters.Count).Where(c => InCluster(c) is not null)];
        if (measured.Length == 0)
            return null;
        double queries = measured.Sum(c => clusters[c].Size);
        return queries > 0
            ? measured.Sum(c => clusters[c].Size * InCluster(c)!.Value) / queries
            : measured.Average(c => InCluster(c)!.Value);
    }
}

/// <summary>What a model's cost is.</summary>
public enum CostMetric
{
    /// <summary>Time per output token, in ms.</summary>
    Tpot,

    /// <summary>End-to-end latency of a request, in ms.</summary>
    E2el,

    /// <summary>What all answers to a request cost, in money or whatever else the labels count.</summary>
    Cost,
}

/// <summary>How costs are called in files and sentences.</summary>
public static class CostMetricNames
{
    /// <summary>The field of files: tpot_ms, e2el_ms or cost.</summary>
    public static string Field(this CostMetric metric) => metric switch
    {
        CostMetric.Tpot => "tpot_ms",
        CostMetric.E2el => "e2el_ms",
        _ => "cost",
    };

    /// <summary>What stands behind a number, with its space: times are in ms, of a cost only the labels know the unit.</summary>
    public static string Unit(this CostMetric metric) => metric == CostMetric.Cost ? "" : " ms";
}

/// <summary>What the routing score and the pruning price.</summary>
public enum CostBasis
{
    /// <summary>A model has one cost, its pool figure.</summary>
    Model,

    /// <summary>A model has a cost of its own in every cluster.</summary>
    Cluster,
}
