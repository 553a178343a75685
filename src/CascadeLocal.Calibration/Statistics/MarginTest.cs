using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Statistics;

/// <summary>Tests whether the leads of a plan's models rest on more than noise. Costs are taken as exact, error rates are not.</summary>
/// <param name="evidence">What is known of the pool.</param>
/// <param name="models">The models that take part.</param>
/// <param name="costs">Their normalized costs.</param>
/// <param name="lambda">The weight of the cost; 0 compares error rates alone.</param>
internal sealed class MarginTest(LabelEvidence evidence, IReadOnlyList<int> models, double[,] costs, double lambda)
{
    /// <summary>The margins of the chosen plan of a fit, one per cluster, at its λ; without a budget at λ = 0.</summary>
    /// <param name="fit">Stage 1.</param>
    /// <param name="evidence">What labels say beyond the statistics; or null.</param>
    public static IReadOnlyList<ClusterMargin> Of(StageOneFit fit, LabelEvidence? evidence)
    {
        int[] survivors = [.. Enumerable.Range(0, fit.DominatedBy.Count).Where(m => fit.DominatedBy[m] is null)];
        CostTable costs = new(fit.Statistics, fit.Options.Metric, fit.Options.CostBasis);
        double lambda = fit.Options.Budget is null ? 0 : fit.Chosen.Name;
        return new MarginTest(evidence ?? new(fit.Statistics, null), survivors, costs.Normalize(survivors), lambda).Of(fit.Chosen.Plan);
    }

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

    private double Score(int model, int cluster) => evidence.Measured.Models[model].Errors[cluster] + lambda * costs[model, cluster];

    private Interval Lead(int cluster, int winner, int rival, double z)
    {
        Interval errors = Proportions.Newcombe(
            evidence.Measured.Models[rival].Errors[cluster],
            evidence.QueriesOf(rival, cluster),
            evidence.Measured.Models[winner].Errors[cluster],
            evidence.QueriesOf(winner, cluster),
            z,
            evidence.Correlations?.Of(cluster, rival, winner) ?? 0);
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

/// <summary>By how much the model of a cluster leads over the next one, and whether the queries suffice to say so.</summary>
/// <param name="Cluster">The index of the cluster.</param>
/// <param name="Winner">The index of its model.</param>
/// <param name="RunnerUp">The index of the other model with the least score, or null in a pool of one.</param>
/// <param name="Lead">The runner-up's score less the winner's; below 0 where the tolerance chose the winner.</param>
/// <param name="Bounds">The interval of the lead, at 95 % over all rivals by Holm's steps.</param>
/// <param name="Holds">Whether the lead over every rival is real at 95 % in all; a lead that is not rests on noise.</param>
public sealed record ClusterMargin(int Cluster, int Winner, int? RunnerUp, double? Lead, Interval? Bounds, bool Holds);
