namespace CascadeLocal.Calibration.Evaluation.Reports;

/// <summary>What a verdict takes, in ms.</summary>
/// <param name="Verdicts">How many were measured.</param>
/// <param name="P50Ms">The median.</param>
/// <param name="P99Ms">The 99th percentile.</param>
public sealed record OverheadReport(int Verdicts, double P50Ms, double P99Ms);
