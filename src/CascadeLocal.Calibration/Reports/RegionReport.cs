using CascadeLocal.Routing;
using CascadeLocal.Routing.Regions;

namespace CascadeLocal.Calibration.Reports;

/// <summary>A λ region.</summary>
/// <param name="Lambda">The λ that names it.</param>
/// <param name="LambdaLow">Where it begins.</param>
/// <param name="LambdaHigh">Where the next one begins, or null for the last.</param>
/// <param name="Accuracy">The accuracy of its plan.</param>
/// <param name="Cost">The mean cost of its plan, in ms.</param>
/// <param name="Assignment">The model of every cluster.</param>
public sealed record RegionReport(
    double Lambda, double LambdaLow, double? LambdaHigh, double Accuracy, double Cost, IReadOnlyDictionary<string, string> Assignment)
{
    internal static RegionReport Of(StageOneFit fit, LambdaRegion region) => new(
        region.Name,
        region.Low,
        double.IsInfinity(region.High) ? null : region.High,
        region.Plan.Accuracy,
        region.Plan.Cost,
        FitReport.Names(fit, region.Plan));
}
