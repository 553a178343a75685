using System.Globalization;

using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Budgets;

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
        string meaning = metric == CostMetric.Tpot ? "a TPOT budget is per output token" : "an E2EL budget is per whole request";
        string message = string.Create(
            CultureInfo.InvariantCulture,
            $"No λ region keeps the {name} budget of {budget:0.######} ms: the cheapest achievable {name} is {RoundUp(cheapestRegion):0.###} ms.");
        if (cheapestPlan < cheapestRegion * (1 - RoutingPlan.Rounding))
        {
            message += string.Create(
                CultureInfo.InvariantCulture, $" (The cheapest model of every cluster, which no λ gives, costs {RoundUp(cheapestPlan):0.###} ms.)");
        }

        return $"{message} {char.ToUpperInvariant(meaning[0])}{meaning[1..]}; TPOT and E2EL differ by orders of magnitude.";
    }

    // What the message names must itself be kept when it is given as the budget.
    private static double RoundUp(double cost) => Math.Ceiling(cost * 1000) / 1000;
}
