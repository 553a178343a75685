namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>Live cluster shares against the fit.</summary>
/// <param name="TotalVariation">The share of the requests that would have to be in other clusters for the shares to be equal.</param>
/// <param name="PValue">The chance of shares this different where nothing has changed (chi-square).</param>
/// <param name="Shares">Of every cluster.</param>
public sealed record ClusterDriftReport(double TotalVariation, double PValue, IReadOnlyList<ClusterShareReport> Shares);
