namespace CascadeLocal.Routing.StageOne;

/// <summary>A model for every cluster, with what that gives on the training queries.</summary>
/// <param name="Models">The index of the model of each cluster.</param>
/// <param name="Accuracy">The size-weighted accuracy, 0..1.</param>
/// <param name="Cost">The size-weighted cost, in ms: each cluster's as measured there, else the model's pool figure.</param>
public sealed record RoutingPlan(IReadOnlyList<int> Models, double Accuracy, double Cost)
{
    /// <summary>Sums that differ by less are the same; what is left of rounding is far below.</summary>
    internal const double Rounding = 1e-12;

    internal static RoutingPlan Of(IReadOnlyList<int> models, PoolStatistics statistics, CostTable costs)
    {
        double errors = 0;
        double cost = 0;
        for (int c = 0; c < models.Count; c++)
        {
            errors += statistics.Clusters[c].Size * statistics.Models[models[c]].Errors[c];
            cost += statistics.Clusters[c].Size * costs.Cell(models[c], c);
        }

        return new(models, 1 - errors / statistics.Queries, cost / statistics.Queries);
    }

    /// <summary>Whether this is worth as much as the other, at the same cost.</summary>
    internal bool IsWorth(RoutingPlan other) =>
        Math.Abs(Accuracy - other.Accuracy) <= Rounding && Math.Abs(Cost - other.Cost) <= Rounding * Math.Max(Cost, other.Cost);
}
