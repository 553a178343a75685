namespace CascadeLocal.Calibration.DecisionLogs.Reading;

/// <summary>What the delivered answer of a request took, or would have taken; in ms, null where it is not known or not defined.</summary>
/// <param name="Tokens">Tokens of the delivered answer.</param>
/// <param name="TtftMs">Until its first token, earlier passes included.</param>
/// <param name="TpotMs">The charged TPOT.</param>
/// <param name="E2elMs">E2EL of all passes.</param>
internal sealed record LoggedCost(int? Tokens, double? TtftMs, double? TpotMs, double? E2elMs)
{
    /// <summary>The gaps between the tokens of the delivered answer; null where it has none.</summary>
    public int? Gaps => Tokens > 1 ? Tokens - 1 : null;
}
