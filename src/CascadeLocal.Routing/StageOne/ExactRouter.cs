namespace CascadeLocal.Routing.StageOne;

/// <summary>The most accurate plan within a limit on its cost, over all assignments of the whole pool.</summary>
internal sealed class ExactRouter
{
    private readonly PoolStatistics _statistics;
    private readonly CostTable _costs;
    private readonly Option[][] _options;
    private readonly Knapsack _knapsack;

    public ExactRouter(PoolStatistics statistics, CostTable costs)
    {
        _statistics = statistics;
        _costs = costs;
        _options = [.. Enumerable.Range(0, statistics.Clusters.Count).Select(Options)];
        _knapsack = new(_options);
    }

    /// <summary>The cost of the cheapest plan there is.</summary>
    public double LeastCost => _knapsack.LeastCost;

    /// <summary>Accuracy per unit of cost, at a limit on the cost, along the linear relaxation.</summary>
    public double ShadowPrice(double limit) => _knapsack.ShadowPrice(limit);

    /// <summary>The best plan that costs no more than <paramref name="limit"/>, or null if every plan costs more.</summary>
    public ExactPlan? Solve(double limit) => _knapsack.Solve(limit) is { } found
        ? new(RoutingPlan.Of(found.Choices, _statistics, _costs), found.Gap)
        : null;

    // In an empty cluster all options weigh nothing, and the first is taken: the best error.
    private Option[] Options(int cluster)
    {
        double weight = _statistics.Weight(cluster);
        return Option.Undominated(Enumerable.Range(0, _statistics.Models.Count)
            .OrderBy(m => _statistics.Models[m].Errors[cluster])
            .ThenBy(m => _costs.Cell(m, cluster))
            .Select(m => new Option(m, weight * _costs.Cell(m, cluster), weight * (1 - _statistics.Models[m].Errors[cluster]))));
    }
}

/// <summary>The most accurate plan within a budget over all assignments of the whole pool.</summary>
/// <param name="Plan">The plan; of equally accurate ones the cheapest.</param>
/// <param name="Gap">By how much the optimum may be more accurate at most: 0, unless the pool was too large to keep all sums.</param>
public sealed record ExactPlan(RoutingPlan Plan, double Gap);
