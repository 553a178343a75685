using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Composition;

/// <summary>What <c>cascade compose</c> found; times are null where nothing was measured of them.</summary>
/// <param name="Accuracy">The accuracy of the cascade.</param>
/// <param name="TpotMs">Its mean time per output token, in ms.</param>
/// <param name="E2elMs">Its mean latency, in ms.</param>
/// <param name="Retained">The share of the strongest's accuracy that is kept.</param>
/// <param name="TpotSaving">The share of the strongest's TPOT that is saved.</param>
/// <param name="E2elSaving">The share of the strongest's latency that is saved.</param>
/// <param name="Strongest">The most accurate model.</param>
/// <param name="StrongestAccuracy">The accuracy of the strongest alone.</param>
/// <param name="StrongestTpotMs">Its mean time per output token, in ms.</param>
/// <param name="StrongestE2elMs">Its mean latency, in ms.</param>
public sealed record ComposeReport(
    double Accuracy,
    double? TpotMs,
    double? E2elMs,
    double? Retained,
    double? TpotSaving,
    double? E2elSaving,
    string Strongest,
    double StrongestAccuracy,
    double? StrongestTpotMs,
    double? StrongestE2elMs)
{
    /// <summary>The report of a composition.</summary>
    public static ComposeReport Of(PoolStatistics pool, CascadeComposition composed) => new(
        composed.System.Accuracy,
        composed.System.TpotMs,
        composed.System.E2elMs,
        composed.Retained,
        composed.TpotSaving,
        composed.E2elSaving,
        pool.Models[composed.Strongest].Name,
        composed.StrongestAlone.Accuracy,
        composed.StrongestAlone.TpotMs,
        composed.StrongestAlone.E2elMs);
}
