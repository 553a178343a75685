using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

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

    /// <summary>
    /// The exact plans of falling budgets, from the most accurate plan down to the cheapest. Plans whose costs differ by less
    /// than one of <paramref name="steps"/> parts of the range may be left out.
    /// </summary>
    public static IEnumerable<RoutingPlan> Frontier(StageOneFit fit, int steps)
    {
        ExactRouter exact = new(fit.Statistics, new CostTable(fit.Statistics, fit.Options.Metric, fit.Options.CostBasis));
        double least = Budget.Limit(exact.LeastCost);
        double limit = double.PositiveInfinity;
        double step = 0;
        while (exact.Solve(limit) is { } found)
        {
            yield return found.Plan;
            if (step == 0)
                step = (found.Plan.Cost - exact.LeastCost) / steps;
            if (found.Plan.Cost <= least || limit <= least)
                yield break;
            limit = Math.Max(found.Plan.Cost - step, least);
        }
    }
}
