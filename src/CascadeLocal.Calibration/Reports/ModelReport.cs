using CascadeLocal.Routing;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Calibration.Reports;

/// <summary>A model of the pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cost">Its pool figure, in ms.</param>
/// <param name="DominatedBy">A model that dominates it, or null.</param>
/// <param name="Accuracy">Its size-weighted accuracy.</param>
/// <param name="Errors">Its error rate in every cluster, with the interval of Wilson at 95 %.</param>
public sealed record ModelReport(
    string Name, double Cost, string? DominatedBy, double Accuracy, IReadOnlyDictionary<string, ErrorReport> Errors)
{
    internal static ModelReport Of(StageOneFit fit, int model)
    {
        PoolStatistics pool = fit.Statistics;
        return new(
            pool.Models[model].Name,
            fit.Costs[model],
            fit.DominatedBy[model] is { } by ? pool.Models[by].Name : null,
            fit.Measured.Accuracy(model),
            pool.Clusters.Select((cluster, c) => (cluster.Name, Report: ErrorReport.Of(fit.Measured.Models[model].Errors[c], cluster.Size)))
                .ToDictionary(e => e.Name, e => e.Report));
    }
}
