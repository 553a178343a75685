using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>One run of one question, answered by every model.</summary>
/// <param name="Unit">The question; its runs share it.</param>
/// <param name="Cluster">The cluster of the query.</param>
/// <param name="Certify">Whether it is kept for certifying; all runs of a question are on one side.</param>
/// <param name="Answers">One per model.</param>
public sealed record JudgedQuestion(int Unit, int Cluster, bool Certify, IReadOnlyList<JudgedAnswer> Answers)
{
    /// <summary>Whether its cost is defined whoever answers it, so that all policies are priced on the same questions.</summary>
    public bool IsPriced(CostMetric metric) => metric == CostMetric.Tpot
        ? Answers.All(a => a.Gaps > 0 && double.IsFinite(a.TimePerOutputToken))
        : Answers.All(a => double.IsFinite(a.Latency));

    /// <summary>What its answer by one model alone costs, in ms.</summary>
    internal double Cost(int model, CostMetric metric) =>
        metric == CostMetric.Tpot ? Answers[model].TimePerOutputToken : Answers[model].Latency;
}
