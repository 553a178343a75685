using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing;

/// <summary>What Stage 1 is fitted for.</summary>
public sealed record StageOneOptions
{
    /// <summary>What a cost is.</summary>
    public CostMetric Metric { get; init; } = CostMetric.Tpot;

    /// <summary>What the score prices.</summary>
    public CostBasis CostBasis { get; init; } = CostBasis.Model;

    /// <summary>The greatest mean cost of a query, in ms; null for no limit.</summary>
    public double? Budget { get; init; }
}
