namespace CascadeLocal.Routing.StageOne;

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

/// <summary>Which model one cluster gets, as λ grows from 0.</summary>
/// <remarks>
/// A model's score, error + λ · cost, is a line over λ, and the winners are the lower envelope of the lines: from each winner
/// to the cheaper one whose line it meets first. What is chosen depends on the winner alone.
/// </remarks>
/// <param name="statistics">The pool.</param>
/// <param name="models">The models that take part.</param>
/// <param name="costs">Their normalized costs.</param>
/// <param name="cluster">The cluster.</param>
internal sealed class ClusterSweep(PoolStatistics statistics, IReadOnlyList<int> models, double[,] costs, int cluster)
{
    // λ is compared to 12 decimals: the same crossover in two clusters must not give a region that is one rounding wide.
    private const int Decimals = 12;

    /// <summary>From which λ on which model is chosen, in growing order; the first is from 0.</summary>
    public IEnumerable<(double From, int Model)> Choices()
    {
        int winner = models.MinBy(m => (Error(m), Cost(m)));
        double lambda = 0;
        yield return (lambda, Choose(winner));
        while (models.Any(m => Cost(m) < Cost(winner)))
        {
            int previous = winner;
            winner = models.Where(m => Cost(m) < Cost(previous)).MinBy(m => Crossover(previous, m));
            lambda = Math.Max(lambda, Math.Round(Crossover(previous, winner), Decimals));
            yield return (lambda, Choose(winner));
        }
    }

    // Models that err as little as the winner are tied with it; the cheapest of them is taken, whatever the winner costs.
    private int Choose(int winner) => models
        .Where(m => Math.Abs(Error(m) - Error(winner)) <= statistics.ErrorSlack)
        .OrderBy(Cost)
        .ThenBy(Error)
        .ThenBy(m => statistics.Models[m].Name, StringComparer.Ordinal)
        .First();

    private double Crossover(int dear, int cheap) => (Error(cheap) - Error(dear)) / (Cost(dear) - Cost(cheap));

    private double Error(int model) => statistics.Models[model].Errors[cluster];

    private double Cost(int model) => costs[model, cluster];
}
