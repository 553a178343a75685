using CascadeLocal.Calibration.Fitting;

namespace CascadeLocal.Calibration.Reports;

/// <summary>A number of clusters that was tried on held-out questions, with the shrinkage that served it best.</summary>
/// <param name="K">The number of clusters.</param>
/// <param name="Shrinkage">How many questions of the pool's error rate were added to every cluster.</param>
/// <param name="Value">Accuracy less the cost at the shadow price.</param>
/// <param name="Behind">By how much that is less than the best.</param>
/// <param name="StandardError">Of that difference, question by question.</param>
/// <param name="Accuracy">The accuracy on held-out questions.</param>
/// <param name="TpotMs">The mean time per output token, or null.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
public sealed record CandidateReport(
    int K, double Shrinkage, double Value, double Behind, double StandardError, double Accuracy, double? TpotMs, double? E2elMs)
{
    internal static CandidateReport Of(Candidate candidate) => new(
        candidate.Clusters,
        candidate.Shrinkage,
        candidate.Value,
        candidate.Behind,
        candidate.StandardError,
        candidate.Expected.Accuracy,
        candidate.Expected.TpotMs,
        candidate.Expected.E2elMs);
}
