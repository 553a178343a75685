using CascadeLocal.Routing.Costs;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Exact;

/// <summary>
/// The most accurate plan within a limit on its cost: a multiple-choice knapsack. Clusters are merged one by one; of the
/// partial plans only the undominated sums of (cost, accuracy) are kept, and of these only what can still reach the best.
/// </summary>
internal sealed class ExactRouter
{
    // Beyond this many sums, those of one accuracy step are merged into their cheapest.
    private const int MostSums = 200_000;
    private const double AccuracyStep = 1e-5;

    private readonly PoolStatistics _statistics;
    private readonly CostTable _costs;
    private readonly Option[][] _options;

    public ExactRouter(PoolStatistics statistics, CostTable costs)
    {
        _statistics = statistics;
        _costs = costs;
        _options = [.. Enumerable.Range(0, statistics.Clusters.Count).Select(Options)];
    }

    /// <summary>The cost of the cheapest plan there is.</summary>
    public double LeastCost => _options.Sum(options => options[0].Cost);

    /// <summary>Accuracy per unit of cost, at a limit on the cost, along the linear relaxation.</summary>
    public double ShadowPrice(double limit) => new RemainderBound(_options).PriceAt(limit);

    /// <summary>The best plan that costs no more than <paramref name="limit"/>, or null if every plan costs more.</summary>
    public ExactPlan? Solve(double limit)
    {
        if (new RemainderBound(_options).Within(limit) is not { } relaxed)
            return null;
        double gap = 0;
        double reached = double.NegativeInfinity;
        List<PartialPlan[]> merged = [[new(0, 0, -1, -1)]];
        for (int c = 0; c < _options.Length; c++)
        {
            RemainderBound remainder = new(_options[(c + 1)..]);
            List<(PartialPlan Plan, double Most)> candidates = [];
            foreach (PartialPlan plan in Extend(merged[^1], _options[c]))
            {
                if (remainder.Within(limit - plan.Cost) is not { } rest)
                    continue;
                reached = Math.Max(reached, plan.Accuracy + rest.Reachable);
                candidates.Add((plan, plan.Accuracy + rest.Most));
            }

            double needed = reached - gap - RoutingPlan.Rounding;
            PartialPlan[] kept = [.. Undominated(candidates.Where(p => p.Most >= needed).Select(p => p.Plan))];
            if (kept.Length > MostSums)
            {
                kept = [.. kept.DistinctBy(p => Math.Floor(p.Accuracy / AccuracyStep))];
                gap += AccuracyStep;
            }

            // Only a limit within the rounding of the cheapest sum leaves nothing here.
            if (kept.Length == 0)
                return null;
            merged.Add(kept);
        }

        RoutingPlan best = RoutingPlan.Of(Trace(merged), _statistics, _costs);
        return new(best, gap == 0 ? 0 : Math.Clamp(relaxed.Most - best.Accuracy, 0, gap));
    }

    // The undominated options of a cluster by growing cost. In an empty cluster all weigh nothing, and the best error is taken.
    private Option[] Options(int cluster)
    {
        double weight = _statistics.Weight(cluster);
        List<Option> options = [];
        IEnumerable<int> models = Enumerable.Range(0, _statistics.Models.Count)
            .OrderBy(m => weight * _costs.Cell(m, cluster))
            .ThenBy(m => _statistics.Models[m].Errors[cluster])
            .ThenBy(m => _costs.Cell(m, cluster));
        foreach (int m in models)
        {
            double accuracy = weight * (1 - _statistics.Models[m].Errors[cluster]);
            if (options.Count == 0 || accuracy > options[^1].Accuracy)
                options.Add(new(m, weight * _costs.Cell(m, cluster), accuracy));
        }

        return [.. options];
    }

    private static IEnumerable<PartialPlan> Extend(PartialPlan[] plans, Option[] options)
    {
        for (int i = 0; i < plans.Length; i++)
        {
            foreach (Option option in options)
                yield return new(plans[i].Cost + option.Cost, plans[i].Accuracy + option.Accuracy, i, option.Model);
        }
    }

    private static IEnumerable<PartialPlan> Undominated(IEnumerable<PartialPlan> plans)
    {
        double best = double.NegativeInfinity;
        foreach (PartialPlan plan in plans.OrderBy(p => p.Cost).ThenByDescending(p => p.Accuracy))
        {
            if (plan.Accuracy <= best + RoutingPlan.Rounding)
                continue;
            best = plan.Accuracy;
            yield return plan;
        }
    }

    // The last partial plan is the most accurate one.
    private static int[] Trace(List<PartialPlan[]> merged)
    {
        int[] models = new int[merged.Count - 1];
        int index = merged[^1].Length - 1;
        for (int c = models.Length - 1; c >= 0; c--)
        {
            PartialPlan plan = merged[c + 1][index];
            models[c] = plan.Model;
            index = plan.Parent;
        }

        return models;
    }
}
