namespace CascadeLocal.Calibration.Capture;

/// <summary>members.json of a labels folder: which models gave the labels in it.</summary>
/// <param name="Members">One for each label file.</param>
/// <param name="Reference">The member whose answers count as right, where rows were graded by agreement; else null.</param>
public sealed record CapturedPool(IReadOnlyList<CapturedMember> Members, string? Reference = null);
