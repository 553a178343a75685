using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Plots;

/// <summary>What an axis of costs is called.</summary>
internal static class CostLabel
{
    public static string Of(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => "mean TPOT in ms",
        CostMetric.E2el => "mean E2EL in ms",
        _ => "mean cost of a request",
    };
}
