using System.Text.Json.Serialization;

using CascadeLocal.Routing;

namespace CascadeLocal.Calibration.Reports;

/// <summary>The most accurate of all plans within the budget.</summary>
/// <param name="Accuracy">Its accuracy.</param>
/// <param name="Cost">Its mean cost, in ms.</param>
/// <param name="Assignment">The model of every cluster.</param>
/// <param name="Gap">By how much the optimum may be more accurate at most; 0 but for very large pools.</param>
/// <param name="Lambda">The λ that names its region, where there is one.</param>
public sealed record ExactReport(
    double Accuracy,
    double Cost,
    IReadOnlyDictionary<string, string> Assignment,
    double Gap,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Lambda)
{
    internal static ExactReport Of(StageOneFit fit) => new(
        fit.Exact.Plan.Accuracy, fit.Exact.Plan.Cost, FitReport.Names(fit, fit.Exact.Plan), fit.Exact.Gap, fit.ExactRegion?.Name);
}
