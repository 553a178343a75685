using CascadeLocal.Routing.Regions;

namespace CascadeLocal.Routing.Budgets;

/// <summary>The choice of a region under a limit on the mean cost.</summary>
internal static class Budget
{
    // A plan that costs what the budget says, but for the rounding of its sum, keeps it.
    private const double Slack = 1e-9;

    /// <summary>The greatest cost that keeps a budget; without one there is no limit.</summary>
    public static double Limit(double? budget) => budget is { } ms ? ms * (1 + Slack) : double.PositiveInfinity;

    /// <summary>The most accurate region within the limit, of equally accurate ones the cheapest; null if there is none.</summary>
    public static LambdaRegion? Choose(IEnumerable<LambdaRegion> regions, double limit)
    {
        LambdaRegion? best = null;
        foreach (LambdaRegion region in regions.Where(r => r.Plan.Cost <= limit).OrderBy(r => r.Plan.Cost))
        {
            if (best is null || region.Plan.Accuracy > best.Plan.Accuracy + RoutingPlan.Rounding)
                best = region;
        }

        return best;
    }

    /// <summary>
    /// Accuracy points given up per unit of cost saved, against the plan that ignores cost; null when nothing is saved.
    /// </summary>
    /// <param name="unconstrained">The plan of λ = 0.</param>
    /// <param name="chosen">The plan to judge.</param>
    /// <param name="millisecondsPerUnit">1 per ms, 1000 per s.</param>
    public static double? Eta(RoutingPlan unconstrained, RoutingPlan chosen, double millisecondsPerUnit)
    {
        double saved = unconstrained.Cost - chosen.Cost;
        return saved > Slack * unconstrained.Cost
            ? 100 * (unconstrained.Accuracy - chosen.Accuracy) / (saved / millisecondsPerUnit)
            : null;
    }
}
