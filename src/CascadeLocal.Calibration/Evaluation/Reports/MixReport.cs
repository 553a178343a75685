namespace CascadeLocal.Calibration.Evaluation.Reports;

/// <summary>The lots that random routing draws.</summary>
/// <param name="Cheap">The cheaper member.</param>
/// <param name="Dear">The dearer one; the same where one member alone is best.</param>
/// <param name="DearShare">The share of the requests that the dearer one gets.</param>
public sealed record MixReport(string Cheap, string Dear, double DearShare);
