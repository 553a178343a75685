using CascadeLocal.Routing;
using CascadeLocal.Routing.Margins;

namespace CascadeLocal.Calibration.Reports;

/// <summary>By how much the model of a cluster leads at the chosen λ.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Winner">Its model.</param>
/// <param name="RunnerUp">The next best, or null in a pool of one.</param>
/// <param name="Lead">The difference of their scores.</param>
/// <param name="Low">The lower bound of the lead at 95 %.</param>
/// <param name="High">The upper bound.</param>
/// <param name="Holds">Whether the lead over every rival is more than noise.</param>
public sealed record MarginReport(
    string Cluster, string Winner, string? RunnerUp, double? Lead, double? Low, double? High, bool Holds)
{
    internal static MarginReport Of(StageOneFit fit, ClusterMargin margin) => new(
        fit.Statistics.Clusters[margin.Cluster].Name,
        fit.Statistics.Models[margin.Winner].Name,
        margin.RunnerUp is { } second ? fit.Statistics.Models[second].Name : null,
        margin.Lead,
        margin.Bounds?.Low,
        margin.Bounds?.High,
        margin.Holds);
}
