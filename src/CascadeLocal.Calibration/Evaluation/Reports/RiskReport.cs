namespace CascadeLocal.Calibration.Evaluation.Reports;

/// <summary>A point of a risk-coverage curve.</summary>
/// <param name="Threshold">Answers whose chance of being right is at least this are accepted.</param>
/// <param name="Coverage">The share that is accepted.</param>
/// <param name="Risk">The share of the accepted that is wrong.</param>
public sealed record RiskReport(double Threshold, double Coverage, double Risk);
