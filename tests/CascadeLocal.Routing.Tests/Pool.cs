using CascadeLocal.Routing.StageOne;

using CsCheck;

namespace CascadeLocal.Routing.Tests;

/// <summary>Pools for tests.</summary>
internal static class Pool
{
    /// <summary>
    /// Small pools with what makes trouble: ties and near ties of errors and costs, empty clusters, costs that were not
    /// measured. Errors and costs are on coarse grids half of the time.
    /// </summary>
    public static Gen<PoolStatistics> Any { get; } =
        from clusters in Gen.Int[1, 5]
        from models in Gen.Int[1, 5]
        from sizes in Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 400]).Array[clusters].Where(s => s.Sum() > 0)
        from errors in Gen.OneOf(Gen.Int[0, 12].Select(e => e * 0.0005), Gen.Double[0, 1]).Array[models * clusters]
        from cells in Gen.OneOf(Gen.Int[1, 4].Select(c => (double?)c), Gen.Double[1, 50].Select(c => (double?)c), Gen.Const((double?)null)).Array[models * clusters]
        from pool in Gen.OneOf(Gen.Int[1, 4].Select(c => (double)c), Gen.Double[1, 50]).Array[models]
        select new PoolStatistics(
            [.. sizes.Select((size, c) => new ClusterStatistics($"C{c}", size))],
            [.. Enumerable.Range(0, models).Select(m => new ModelStatistics
            {
                Name = $"M{m}",
                Errors = errors[(m * clusters)..((m + 1) * clusters)],
                Tpot = new(pool[m], cells[(m * clusters)..((m + 1) * clusters)]),
            })]);

    /// <summary>The same pools with every cost measured, so that they can be priced by cluster.</summary>
    public static Gen<PoolStatistics> Measured { get; } = Any.Select(pool => With(pool, pool.Models.Select(m => m with
    {
        Tpot = new(m.Tpot.Pool, [.. pool.Clusters.Select((_, c) => m.Tpot.InCluster(c) ?? m.Tpot.Pool)]),
    })));

    /// <summary>A pool of models that have one cost each.</summary>
    public static PoolStatistics Of(double[] sizes, params (string Name, double Cost, double[] Errors)[] models) => new(
        [.. sizes.Select((size, c) => new ClusterStatistics($"C{c}", size))],
        [.. models.Select(m => new ModelStatistics { Name = m.Name, Errors = m.Errors, Tpot = new(m.Cost, []) })]);

    /// <summary>The clusters of a pool with other models.</summary>
    public static PoolStatistics With(PoolStatistics pool, IEnumerable<ModelStatistics> models) => new(pool.Clusters, [.. models]);

    /// <summary>Fits a pool for TPOT.</summary>
    public static StageOneFit Fit(this PoolStatistics pool, double? budget = null, CostBasis basis = CostBasis.Model) =>
        StageOneFit.Fit(pool, new StageOneOptions { Budget = budget, CostBasis = basis });

    /// <summary>The names of a plan's models, cluster by cluster.</summary>
    public static IEnumerable<string> Names(this StageOneFit fit, RoutingPlan plan) =>
        plan.Models.Select(m => fit.Statistics.Models[m].Name);
}
