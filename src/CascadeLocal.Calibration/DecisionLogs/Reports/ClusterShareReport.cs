namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>The share of a cluster.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Live">Its share of the live requests.</param>
/// <param name="Fit">Its share of the questions that it was fitted to.</param>
public sealed record ClusterShareReport(string Cluster, double Live, double Fit);
