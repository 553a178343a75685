using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>What became of one question.</summary>
/// <param name="Model">Whose answer was delivered.</param>
/// <param name="DecodeTime">Of all passes, the time between their tokens, in ms.</param>
/// <param name="Latency">Of all passes, in ms.</param>
/// <param name="Gaps">The gaps of the delivered answer.</param>
/// <param name="Escalated">Whether an answer was dropped.</param>
/// <param name="FirstToken">When the stream could open, in ms from the beginning.</param>
internal readonly record struct Delivery(int Model, double DecodeTime, double Latency, int Gaps, bool Escalated, double FirstToken)
{
    /// <summary>What is charged, in ms.</summary>
    public double Charge(CostMetric metric) => metric == CostMetric.Tpot ? DecodeTime / Gaps : Latency;
}
