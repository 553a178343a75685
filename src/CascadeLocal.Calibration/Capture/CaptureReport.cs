using CascadeLocal.Calibration.Grading;
using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>What <c>cascade capture</c> found.</summary>
/// <param name="Members">One for each member that was asked, in the order of the pool.</param>
public sealed record CaptureReport(IReadOnlyList<MemberCaptureReport> Members);

/// <summary>
/// The labels of one member, those of earlier captures into the same folder included; means are null where there is
/// nothing to take them of.
/// </summary>
/// <param name="Name">The member.</param>
/// <param name="Questions">Labels; a question counts once for every run.</param>
/// <param name="Correct">Of these, the right ones.</param>
/// <param name="Accuracy">Their share.</param>
/// <param name="TpotMs">Mean time per output token of answers with at least two tokens.</param>
/// <param name="E2elMs">Mean latency.</param>
/// <param name="OutputTokens">Mean length.</param>
/// <param name="Refused">Answers that were wanted, but of which there is no label.</param>
/// <param name="GradedByAgreement">Labels that only say whether the answer is the strongest member's.</param>
public sealed record MemberCaptureReport(
    string Name,
    int Questions,
    int Correct,
    double? Accuracy,
    double? TpotMs,
    double? E2elMs,
    double? OutputTokens,
    int Refused,
    int GradedByAgreement)
{
    internal static MemberCaptureReport Of(MemberLabels labels)
    {
        LabelRow[] rows = [.. labels.Rows.Values];
        int correct = rows.Count(r => r.Correct == 1);
        return new MemberCaptureReport(
            labels.Member,
            rows.Length,
            correct,
            rows.Length > 0 ? (double)correct / rows.Length : null,
            rows.Average(r => r.TpotMs),
            rows.Average(r => r.E2elMs),
            rows.Average(r => (double?)r.OutputTokens),
            labels.Refused,
            rows.Count(r => r.GradedBy == GraderNames.Agreement));
    }
}
