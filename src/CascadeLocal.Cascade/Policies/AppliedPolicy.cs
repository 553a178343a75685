using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy as a pool uses it, as far as it is shown.</summary>
/// <param name="Version">Its name in answers and logs.</param>
/// <param name="Statistics">What was measured of every model on every cluster.</param>
/// <param name="Metric">What a cost is.</param>
/// <param name="Models">The model of each cluster: indices into the statistics.</param>
public sealed record AppliedPolicy(string Version, PoolStatistics Statistics, CostMetric Metric, IReadOnlyList<int> Models)
{
    /// <summary>The accuracy of the routing on the queries it was fitted to, 0..1.</summary>
    public double Accuracy =>
        1 - Enumerable.Range(0, Models.Count).Sum(c => Statistics.Weight(c) * Statistics.Models[Models[c]].Errors[c]);

    /// <summary>The mean cost of the routing on the queries it was fitted to, in ms; null where one is unknown.</summary>
    public double? Cost
    {
        get
        {
            double cost = 0;
            for (int c = 0; c < Models.Count; c++)
            {
                if ((Statistics.Models[Models[c]].Cost(Metric).InCluster(c) ?? CostOf(Models[c])) is not { } cell)
                    return null;
                cost += Statistics.Weight(c) * cell;
            }

            return cost;
        }
    }

    /// <summary>The mean cost of one model, in ms; null where it is unknown.</summary>
    public double? CostOf(int model) => Statistics.Models[model].Cost(Metric).PoolFigure(Statistics.Clusters);
}
