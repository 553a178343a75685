namespace CascadeLocal.Routing.StageOne;

/// <summary>
/// Finds the models that no λ could need. One model dominates another if it costs no more, errs no more in any cluster and
/// is better somewhere, where errors within the tolerance are equal.
/// </summary>
internal sealed class Dominance
{
    private readonly PoolStatistics _statistics;
    private readonly CostTable _costs;
    private readonly bool[,] _dominates;

    private Dominance(PoolStatistics statistics, CostTable costs)
    {
        _statistics = statistics;
        _costs = costs;
        int models = statistics.Models.Count;
        _dominates = new bool[models, models];
        for (int a = 0; a < models; a++)
        {
            for (int b = 0; b < models; b++)
                _dominates[a, b] = a != b && IsBetter(a, b);
        }
    }

    /// <summary>For each model the one that dominates it, or null for those that survive, of which there is at least one.</summary>
    public static int?[] Find(PoolStatistics statistics, CostTable costs) => new Dominance(statistics, costs).Find();

    // The tolerance lets models dominate each other in a circle. Of a circle that nobody outside dominates the best stays.
    private int?[] Find()
    {
        int[] models = [.. Enumerable.Range(0, _statistics.Models.Count)];
        bool[,] reaches = TransitiveClosure();
        bool[] survives = new bool[models.Length];
        foreach (int m in models)
        {
            bool onlyByItsCircle = models.All(other => !reaches[other, m] || reaches[m, other]);
            survives[m] = onlyByItsCircle && models.Where(other => reaches[m, other] && reaches[other, m]).Append(m).MinBy(Rank) == m;
        }

        return [.. models.Select(m => survives[m] ? null : Dominator(m, survives))];
    }

    private int? Dominator(int model, bool[] survives) => Enumerable.Range(0, survives.Length)
        .Where(other => _dominates[other, model])
        .OrderByDescending(other => survives[other])
        .ThenBy(Rank)
        .First();

    private (double Error, double Cost, int Order) Rank(int model) =>
        (1 - _statistics.Accuracy(model), _costs.Pool(model), model);

    private bool IsBetter(int a, int b)
    {
        bool strictly = false;
        for (int c = 0; c < _statistics.Clusters.Count; c++)
        {
            double cost = _costs.Price(a, c) - _costs.Price(b, c);
            double error = _statistics.Models[a].Errors[c] - _statistics.Models[b].Errors[c];
            if (cost > 0 || error > _statistics.ErrorSlack)
                return false;
            strictly |= cost < 0 || error < -_statistics.ErrorSlack;
        }

        return strictly;
    }

    private bool[,] TransitiveClosure()
    {
        bool[,] reaches = (bool[,])_dominates.Clone();
        int models = reaches.GetLength(0);
        for (int via = 0; via < models; via++)
        {
            for (int a = 0; a < models; a++)
            {
                for (int b = 0; reaches[a, via] && b < models; b++)
                    reaches[a, b] |= reaches[via, b];
            }
        }

        return reaches;
    }
}
