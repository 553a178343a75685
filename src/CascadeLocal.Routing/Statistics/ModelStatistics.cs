namespace CascadeLocal.Routing.Statistics;

/// <summary>What was measured of one model. Lists have one element per cluster, in the pool's order.</summary>
public sealed record ModelStatistics
{
    /// <summary>Its name, unique in the pool.</summary>
    public required string Name { get; init; }

    /// <summary>Error rates, 0..1.</summary>
    public required IReadOnlyList<double> Errors { get; init; }

    /// <summary>Times per output token, the pool's and the clusters', in ms.</summary>
    public MeasuredCost Tpot { get; init; } = MeasuredCost.None;

    /// <summary>End-to-end latencies, the pool's and the clusters', in ms.</summary>
    public MeasuredCost E2el { get; init; } = MeasuredCost.None;

    /// <summary>The mean lengths of answers in tokens; null or beyond the end where they were not measured.</summary>
    public IReadOnlyList<double?> OutputTokens { get; init; } = [];

    /// <summary>The costs under one metric.</summary>
    public MeasuredCost Cost(CostMetric metric) => metric == CostMetric.Tpot ? Tpot : E2el;
}
