using System.Globalization;

namespace CascadeLocal.Routing.StageOne;

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

/// <summary>No λ region is within the budget; the message says what the cheapest costs.</summary>
public sealed class InfeasibleBudgetException : Exception
{
    /// <param name="budget">The budget, in ms.</param>
    /// <param name="metric">What it limits.</param>
    /// <param name="cheapestRegion">The cost of the cheapest λ region, in ms.</param>
    /// <param name="cheapestPlan">The cost of the cheapest of all plans, in ms.</param>
    public InfeasibleBudgetException(double budget, CostMetric metric, double cheapestRegion, double cheapestPlan)
        : base(Describe(budget, metric, cheapestRegion, cheapestPlan))
    {
        Cheapest = cheapestRegion;
    }

    /// <summary>The cost of the cheapest λ region, in ms: the least budget that can be kept.</summary>
    public double Cheapest { get; }

    private static string Describe(double budget, CostMetric metric, double cheapestRegion, double cheapestPlan)
    {
        string name = metric.ToString().ToUpperInvariant();
        string meaning = metric switch
        {
            CostMetric.Tpot => "A TPOT budget is per output token; TPOT and E2EL differ by orders of magnitude.",
            CostMetric.E2el => "An E2EL budget is per whole request; TPOT and E2EL differ by orders of magnitude.",
            _ => "A budget of cost is per whole request, in the unit of the labels.",
        };
        string unit = metric.Unit();
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"No λ region keeps the {name} budget of {budget:0.##########}{unit}: the cheapest achievable {name} is {RoundUp(cheapestRegion):0.############}{unit}.");
        if (cheapestPlan < cheapestRegion * (1 - RoutingPlan.Rounding))
        {
            message += string.Create(
                CultureInfo.InvariantCulture, $" (The cheapest model of every cluster, which no λ gives, costs {RoundUp(cheapestPlan):0.############}{unit}.)");
        }

        return $"{message} {meaning}";
    }

    // What the message names must itself be kept when it is given as the budget.
    private static double RoundUp(double cost)
    {
        // Thousandths, or four digits of what is smaller.
        double scale = Math.Pow(10, Math.Max(3, 3 - Math.Floor(Math.Log10(Math.Max(cost, 1e-9)))));
        return Math.Ceiling(cost * scale) / scale;
    }
}
