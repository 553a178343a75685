namespace CascadeLocal.Routing.Statistics;

/// <summary>What a model's cost is.</summary>
public enum CostMetric
{
    /// <summary>Time per output token, in ms.</summary>
    Tpot,

    /// <summary>End-to-end latency of a request, in ms.</summary>
    E2el,
}
