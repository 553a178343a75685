namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>Routed requests that went the same way.</summary>
/// <param name="Path">The members that worked on them, in order.</param>
/// <param name="Share">Their share of the routed requests.</param>
/// <param name="Accuracy">The share of right answers.</param>
/// <param name="RejectedTokens">Tokens of rejected answers, on average.</param>
/// <param name="ReusedTokens">Those of them that the next member kept, on average.</param>
/// <param name="DeliveredTokens">Tokens of the delivered answer, on average.</param>
public sealed record LivePathReport(
    IReadOnlyList<string> Path, double Share, double Accuracy, double RejectedTokens, double ReusedTokens, double DeliveredTokens)
{
    internal static IReadOnlyList<LivePathReport> Of(IEnumerable<LiveAnswer> answers)
    {
        LiveAnswer[] all = [.. answers];
        return
        [
            .. all.GroupBy(answer => string.Join(' ', answer.Cascade.Passes.Select(pass => pass.Model)))
                .OrderByDescending(way => way.Count())
                .ThenBy(way => way.Key, StringComparer.Ordinal)
                .Select(way => new LivePathReport(
                    way.Key.Split(' '),
                    (double)way.Count() / all.Length,
                    way.Average(answer => answer.Served.Correct),
                    way.Average(answer => answer.Cascade.Passes.SkipLast(1).Sum(pass => pass.OutputTokens)),
                    way.Average(answer => answer.Cascade.DraftTokensReused),
                    way.Average(answer => answer.Cascade.Passes[^1].OutputTokens))),
        ];
    }
}
