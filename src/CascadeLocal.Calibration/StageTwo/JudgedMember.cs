using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>A member whose answers are judged, or why they are not.</summary>
/// <param name="Fit">Its judge and how good it is.</param>
/// <param name="Notices">Sentences on what the labels lack.</param>
public sealed record JudgedMember(JudgeFit Fit, IReadOnlyList<string> Notices);
