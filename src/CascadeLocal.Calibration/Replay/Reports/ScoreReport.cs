using CascadeLocal.Calibration.Replay.Metrics;

namespace CascadeLocal.Calibration.Replay.Reports;

/// <summary>How well a score decides which of two models answers; means over the seeds.</summary>
/// <param name="Score">Its name.</param>
/// <param name="N">Questions it was judged on for each seed, the mean where seeds differ.</param>
/// <param name="Weak">Accuracy of the weak model alone on them.</param>
/// <param name="Strong">Accuracy of the strong model alone.</param>
/// <param name="Apgr">Average performance gap recovered.</param>
/// <param name="ApgrDeviation">Its standard deviation over the seeds.</param>
/// <param name="Cpt50">Strong share at which half of the gap is closed, 0 to 1.</param>
/// <param name="Cpt80">Strong share at which 80 % of it is closed, 0 to 1.</param>
public sealed record ScoreReport(
    string Score, int N, double Weak, double Strong, double Apgr, double ApgrDeviation, double Cpt50, double Cpt80)
{
    internal static ScoreReport Of(string score, int count, IReadOnlyList<RoutingCurve> curves)
    {
        RoutingMetrics[] metrics = [.. curves.Select(RoutingMetrics.OfCalls)];
        double apgr = metrics.Average(m => m.Apgr);
        return new(
            score,
            count,
            curves.Average(curve => curve.Weak),
            curves.Average(curve => curve.Strong),
            apgr,
            Math.Sqrt(metrics.Average(m => (m.Apgr - apgr) * (m.Apgr - apgr))),
            metrics.Average(m => m.Cpt50),
            metrics.Average(m => m.Cpt80));
    }
}
