namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade capture</c> found.</summary>
/// <param name="Members">One for each member that was asked, in the order of the pool.</param>
public sealed record CaptureReport(IReadOnlyList<MemberCaptureReport> Members);
