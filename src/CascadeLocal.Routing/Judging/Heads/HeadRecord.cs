using CascadeLocal.Routing.Judging.Heads.Calibration;

namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>The shape of a head, for a policy's file.</summary>
/// <param name="Features">How many features it takes.</param>
/// <param name="Hidden">Its hidden units.</param>
/// <param name="Calibration">Its family of calibration.</param>
public sealed record HeadRecord(int Features, int Hidden, CalibrationKind Calibration);
