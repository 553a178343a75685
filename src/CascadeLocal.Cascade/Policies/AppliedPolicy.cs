using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy as a pool uses it, as far as it is shown.</summary>
/// <param name="Version">Its name in answers and logs.</param>
/// <param name="Statistics">What was measured of every model on every cluster.</param>
/// <param name="Metric">What a cost is.</param>
/// <param name="Models">The model of each cluster: indices into the statistics.</param>
public sealed record AppliedPolicy(string Version, PoolStatistics Statistics, CostMetric Metric, IReadOnlyList<int> Models)
{
    /// <summary>What the questions for certifying say of a policy that judges answers, with the pool that it was fitted for; else null.</summary>
    public PolicyExpectation? Expected { get; init; }

    /// <summary>The accuracy to expect, 0..1: without <see cref="Expected"/> that of the routing on the queries it was fitted to.</summary>
    public double Accuracy => Expected?.Accuracy ??
        1 - Enumerable.Range(0, Models.Count).Sum(c => Statistics.Weight(c) * Statistics.Models[Models[c]].Errors[c]);

    /// <summary>
    /// The mean cost to expect, in ms: without <see cref="Expected"/> that of the routing on the queries it was fitted to; null where one
    /// is unknown.
    /// </summary>
    public double? Cost
    {
        get
        {
            if (Expected is { } expected)
                return Metric == CostMetric.Tpot ? expected.Tpot : expected.E2el;
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
