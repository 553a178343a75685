using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Routing.Tests;

/// <summary>The definitions, computed the slow and obvious way.</summary>
internal static class BruteForce
{
    private const double Tolerance = 0.001 + 1e-9;

    /// <summary>All plans of a pool, as (accuracy, cost).</summary>
    public static IEnumerable<(double Accuracy, double Cost)> Plans(PoolStatistics pool)
    {
        IEnumerable<(double Accuracy, double Cost)> plans = [(0, 0)];
        for (int c = 0; c < pool.Clusters.Count; c++)
        {
            int cluster = c;
            plans = plans.SelectMany(_ => pool.Models, (plan, model) => (
                plan.Accuracy + pool.Weight(cluster) * (1 - model.Errors[cluster]),
                plan.Cost + pool.Weight(cluster) * Cell(pool, model, cluster)));
        }

        return plans;
    }

    /// <summary>Whether a cost keeps a budget, with the slack of 1e-9.</summary>
    public static bool IsWithin(double cost, double budget) => cost <= budget * (1 + 1e-9);

    /// <summary>The accuracy of the best plan within a budget, or null.</summary>
    public static double? Best(PoolStatistics pool, double budget) => Plans(pool)
        .Where(p => IsWithin(p.Cost, budget))
        .Select(p => (double?)p.Accuracy)
        .Max();

    /// <summary>What a query of a cluster costs.</summary>
    public static double Cell(PoolStatistics pool, ModelStatistics model, int cluster) =>
        model.Tpot.InCluster(cluster) ?? model.Tpot.PoolFigure(pool.Clusters)!.Value;

    /// <summary>The plan that the score gives at one λ.</summary>
    public static string[] Assign(PoolStatistics pool, IReadOnlyList<ModelStatistics> survivors, double lambda, CostBasis basis)
    {
        double Price(ModelStatistics m, int c) =>
            basis == CostBasis.Model ? m.Tpot.PoolFigure(pool.Clusters)!.Value : Cell(pool, m, c);
        int[] clusters = [.. Enumerable.Range(0, pool.Clusters.Count)];
        double least = survivors.Min(m => clusters.Min(c => Price(m, c)));
        double most = survivors.Max(m => clusters.Max(c => Price(m, c)));
        double Cost(ModelStatistics m, int c) => most > least ? (Price(m, c) - least) / (most - least) : 0;

        return [.. clusters.Select(c =>
        {
            ModelStatistics winner = survivors.MinBy(m => (m.Errors[c] + lambda * Cost(m, c), Cost(m, c)))!;
            return survivors
                .Where(m => Math.Abs(m.Errors[c] - winner.Errors[c]) <= Tolerance)
                .OrderBy(m => Cost(m, c))
                .ThenBy(m => m.Errors[c])
                .ThenBy(m => m.Name, StringComparer.Ordinal)
                .First()
                .Name;
        })];
    }
}
