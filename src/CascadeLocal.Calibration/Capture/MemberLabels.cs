using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>All labels of one member for the questions that were asked, whichever capture wrote them.</summary>
/// <param name="Member">Its name.</param>
/// <param name="Rows">The labels, without their per-token signals.</param>
/// <param name="Refused">Answers it has no label for.</param>
internal sealed record MemberLabels(string Member, IReadOnlyDictionary<(string Id, int Run), LabelRow> Rows, int Refused);
