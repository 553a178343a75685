using CascadeLocal.Calibration.Evaluation.Policies;

namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>A graded answer of a running server.</summary>
/// <param name="Served">What it is worth and what it took.</param>
/// <param name="Cascade">Who worked on it.</param>
internal sealed record LiveAnswer(ServedRequest Served, LiveResponse.CascadePart Cascade);
