using CascadeLocal.Routing.Budgets;
using CascadeLocal.Routing.Costs;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Exact;

/// <summary>The exact plan of a pool by itself, for those who need many of them.</summary>
public static class ExactRouting
{
    /// <summary>The most accurate plan within the budget; where none keeps it, the cheapest.</summary>
    /// <exception cref="MissingCostException">A cost that the options need is not in the statistics.</exception>
    public static RoutingPlan Plan(PoolStatistics statistics, StageOneOptions options)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(options);
        ExactRouter router = new(statistics, new CostTable(statistics, options.Metric, options.CostBasis));
        return (router.Solve(Budget.Limit(options.Budget)) ?? router.Solve(Budget.Limit(router.LeastCost)))!.Plan;
    }

    /// <summary>
    /// What the budget's last ms buys: accuracy per ms along the linear relaxation of the exact plans. 0 where more budget
    /// would buy nothing; below the cheapest plan, the price at it.
    /// </summary>
    /// <exception cref="MissingCostException">A cost that the options need is not in the statistics.</exception>
    public static double ShadowPrice(PoolStatistics statistics, StageOneOptions options)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(options);
        ExactRouter router = new(statistics, new CostTable(statistics, options.Metric, options.CostBasis));
        return router.ShadowPrice(Math.Max(Budget.Limit(options.Budget), router.LeastCost));
    }
}
