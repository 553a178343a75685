namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>What the delivered answer of a request took, or would have taken; in ms, null where it is not known or not defined.</summary>
/// <param name="Tokens">Tokens of the delivered answer.</param>
/// <param name="TtftMs">Until its first token, earlier passes included.</param>
/// <param name="TpotMs">The charged TPOT.</param>
/// <param name="E2elMs">E2EL of all passes.</param>
internal sealed record LoggedCost(int? Tokens, double? TtftMs, double? TpotMs, double? E2elMs)
{
    /// <summary>What all passes cost by the members' prices; null where one has none.</summary>
    public double? Cost { get; init; }

    /// <summary>The gaps between the tokens of the delivered answer; null where it has none.</summary>
    public int? Gaps => Tokens > 1 ? Tokens - 1 : null;
}

/// <summary>Mean costs over requests, in ms; null where none has the figure.</summary>
/// <param name="Ttft">TTFT.</param>
/// <param name="Tpot">The charged TPOT, over the requests that have one.</param>
/// <param name="TokenWeightedTpot">All charged time over all gaps of delivered answers.</param>
/// <param name="E2el">E2EL.</param>
internal sealed record CostMeans(double? Ttft, double? Tpot, double? TokenWeightedTpot, double? E2el)
{
    /// <summary>Cost, over the requests that have one.</summary>
    public double? Cost { get; init; }

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
            all.Average(cost => cost.E2elMs))
        {
            Cost = all.Average(cost => cost.Cost),
        };
    }
}
