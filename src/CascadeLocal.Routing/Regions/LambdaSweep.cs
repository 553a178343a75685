using CascadeLocal.Routing.Costs;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Regions;

/// <summary>The plans of all λ from 0 to infinity.</summary>
internal static class LambdaSweep
{
    /// <summary>The regions in growing order. They leave no gap, and neighbours differ in their plans.</summary>
    /// <param name="statistics">The pool.</param>
    /// <param name="costs">Its costs.</param>
    /// <param name="models">The models that take part.</param>
    public static List<LambdaRegion> Regions(PoolStatistics statistics, CostTable costs, IReadOnlyList<int> models)
    {
        double[,] normalized = costs.Normalize(models);
        int clusters = statistics.Clusters.Count;
        var changes = Enumerable.Range(0, clusters)
            .SelectMany(c => new ClusterSweep(statistics, models, normalized, c).Choices().Select(choice => (choice.From, c, choice.Model)))
            .GroupBy(change => change.From)
            .OrderBy(group => group.Key);

        List<(double Low, int[] Models)> starts = [];
        int[] current = new int[clusters];
        foreach (var group in changes)
        {
            // A cluster's changes come in order; of several at one λ the last holds.
            foreach ((_, int cluster, int model) in group)
                current[cluster] = model;
            if (starts.Count == 0 || !current.AsSpan().SequenceEqual(starts[^1].Models))
                starts.Add((group.Key, [.. current]));
        }

        return [.. starts.Select((start, i) => new LambdaRegion(
            start.Low,
            i + 1 < starts.Count ? starts[i + 1].Low : double.PositiveInfinity,
            RoutingPlan.Of(start.Models, statistics, costs)))];
    }
}
