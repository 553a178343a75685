using CascadeLocal.Calibration.Evaluation.Intervals;
using CascadeLocal.Calibration.Evaluation.Policies;

namespace CascadeLocal.Calibration.Evaluation.Reports;

/// <summary>Where the verdicts on a member's answers fell in the replayed cascade.</summary>
/// <param name="Judged">How many answers were judged.</param>
/// <param name="AcceptedEarly">Accepted before their end.</param>
/// <param name="AcceptedAtEnd">Accepted at their end.</param>
/// <param name="RejectedEarly">Dropped in the middle.</param>
/// <param name="RejectedAtEnd">Dropped when they were whole.</param>
/// <param name="TokensAtAbort">The median number of tokens after which an answer was dropped in the middle; null where none was.</param>
/// <param name="ShareAtAbort">The mean share of their tokens that those answers had by then.</param>
public sealed record VerdictReport(
    int Judged, int AcceptedEarly, int AcceptedAtEnd, int RejectedEarly, int RejectedAtEnd, double? TokensAtAbort, double? ShareAtAbort)
{
    internal static VerdictReport Of(IReadOnlyList<ReplayedVerdict> verdicts)
    {
        ReplayedVerdict[] aborted = [.. verdicts.Where(verdict => !verdict.Accepted && verdict.At is not null)];
        return new(
            verdicts.Count,
            verdicts.Count(verdict => verdict.Accepted && verdict.At is not null),
            verdicts.Count(verdict => verdict.Accepted && verdict.At is null),
            aborted.Length,
            verdicts.Count(verdict => !verdict.Accepted && verdict.At is null),
            Quantile.Median(aborted.Select(verdict => (double)verdict.At!.Value)),
            aborted.Length == 0 ? null : aborted.Average(verdict => (double)verdict.At!.Value / verdict.Tokens));
    }
}
