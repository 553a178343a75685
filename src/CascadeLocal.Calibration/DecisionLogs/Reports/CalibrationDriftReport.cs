namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>Feedback on judged answers against what was predicted of them. It sees delivered answers only.</summary>
/// <param name="N">How many answers.</param>
/// <param name="Predicted">The mean predicted chance of being right.</param>
/// <param name="Observed">The mean of what was said.</param>
/// <param name="PValue">The chance of a difference as large from calibrated predictions.</param>
/// <param name="Ece">The expected calibration error, ten bins of equal mass.</param>
public sealed record CalibrationDriftReport(int N, double Predicted, double Observed, double PValue, double? Ece);
