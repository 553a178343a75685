namespace CascadeLocal.Calibration.DecisionLogs.Reading;

/// <summary>Mean costs over requests, in ms; null where none has the figure.</summary>
/// <param name="Ttft">TTFT.</param>
/// <param name="Tpot">The charged TPOT, over the requests that have one.</param>
/// <param name="TokenWeightedTpot">All charged time over all gaps of delivered answers.</param>
/// <param name="E2el">E2EL.</param>
internal sealed record CostMeans(double? Ttft, double? Tpot, double? TokenWeightedTpot, double? E2el)
{
    public static CostMeans Of(IEnumerable<LoggedCost> costs)
    {
        LoggedCost[] all = [.. costs];
        (double Tpot, int Gaps)[] priced = [.. all
            .Where(cost => cost.TpotMs is not null && cost.Gaps is not null)
            .Select(cost => (cost.TpotMs!.Value, cost.Gaps!.Value))];
        return new(
            all.Average(cost => cost.TtftMs),
            priced.Length == 0 ? null : priced.Average(cost => cost.Tpot),
            priced.Length == 0 ? null : priced.Sum(cost => cost.Tpot * cost.Gaps) / priced.Sum(cost => (double)cost.Gaps),
            all.Average(cost => cost.E2elMs));
    }
}
