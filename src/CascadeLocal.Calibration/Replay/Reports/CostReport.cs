using CascadeLocal.Calibration.Replay.Metrics;

namespace CascadeLocal.Calibration.Replay.Reports;

/// <summary>
/// A cascade counted in cost instead of calls, as the strong share at which a router would pay as much; means over the seeds.
/// </summary>
/// <param name="Ratio">r: cost of the weak model over that of the strong.</param>
/// <param name="Apgr">Average performance gap recovered up to the cost of the strong model alone.</param>
/// <param name="Cpt50">Where half of the gap is closed; above 1 the strong model alone is cheaper.</param>
/// <param name="Cpt80">Where 80 % of it is closed.</param>
public sealed record CostReport(double Ratio, double Apgr, double Cpt50, double Cpt80)
{
    internal static CostReport Of(double ratio, IReadOnlyList<RoutingCurve> curves)
    {
        RoutingMetrics[] metrics = [.. curves.Select(curve => RoutingMetrics.OfCost(curve, ratio))];
        return new(ratio, metrics.Average(m => m.Apgr), metrics.Average(m => m.Cpt50), metrics.Average(m => m.Cpt80));
    }
}
