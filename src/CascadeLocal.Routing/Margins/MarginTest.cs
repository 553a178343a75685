using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Margins;

/// <summary>Tests whether the leads of a plan's models rest on more than noise. Costs are taken as exact, error rates are not.</summary>
/// <param name="statistics">The pool.</param>
/// <param name="models">The models that take part.</param>
/// <param name="costs">Their normalized costs.</param>
/// <param name="lambda">The weight of the cost; 0 compares error rates alone.</param>
/// <param name="correlations">Of the errors of two models in a cluster, or null where they count as independent.</param>
internal sealed class MarginTest(
    PoolStatistics statistics, IReadOnlyList<int> models, double[,] costs, double lambda, ErrorCorrelations? correlations)
{
    /// <summary>The margins of a plan, one per cluster.</summary>
    public IReadOnlyList<ClusterMargin> Of(RoutingPlan plan) => [.. plan.Models.Select((winner, cluster) => Of(cluster, winner))];

    // Holm's steps: the clearest of m leads is tested at alpha/m, the next at alpha/(m-1), and so on up to the first that fails.
    private ClusterMargin Of(int cluster, int winner)
    {
        int[] rivals = [.. models.Where(m => m != winner).OrderByDescending(m => Evidence(cluster, winner, m)).ThenBy(m => m)];
        if (rivals.Length == 0)
            return new(cluster, winner, null, null, null, true);
        int runnerUp = rivals.MinBy(m => (Score(m, cluster), costs[m, cluster], m));
        double[] levels = [.. rivals.Select((_, i) => Normal.TwoSided(Proportions.Alpha / (rivals.Length - i)))];
        bool holds = Enumerable.Range(0, rivals.Length).All(i => Lead(cluster, winner, rivals[i], levels[i]).Low > 0);
        return new(
            cluster,
            winner,
            runnerUp,
            Score(runnerUp, cluster) - Score(winner, cluster),
            Lead(cluster, winner, runnerUp, levels[Array.IndexOf(rivals, runnerUp)]),
            holds);
    }

    private double Score(int model, int cluster) => statistics.Models[model].Errors[cluster] + lambda * costs[model, cluster];

    private Interval Lead(int cluster, int winner, int rival, double z)
    {
        Interval errors = Proportions.Newcombe(
            statistics.Models[rival].Errors[cluster],
            statistics.Models[winner].Errors[cluster],
            statistics.Clusters[cluster].Size,
            z,
            correlations?.Of(cluster, rival, winner) ?? 0);
        double cost = lambda * (costs[rival, cluster] - costs[winner, cluster]);
        return new(errors.Low + cost, errors.High + cost);
    }

    // The greatest z at which the lead still holds: what a p-value is, on another scale.
    private double Evidence(int cluster, int winner, int rival)
    {
        double low = 0;
        double high = 40;
        for (int i = 0; i < 40; i++)
        {
            double middle = (low + high) / 2;
            if (Lead(cluster, winner, rival, middle).Low > 0)
                low = middle;
            else
                high = middle;
        }

        return low;
    }
}
