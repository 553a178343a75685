namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>Delivered requests that have something in common. Times are means in ms; null where none is known.</summary>
/// <param name="Name">What they have in common.</param>
/// <param name="N">How many.</param>
/// <param name="Share">Their share of all.</param>
/// <param name="EscalationRate">The share for which an answer was dropped.</param>
/// <param name="AcceptProbability">The mean judged chance that the first member's answer is right; null where nothing was judged.</param>
/// <param name="TtftMs">TTFT.</param>
/// <param name="TpotMs">The charged TPOT, over requests.</param>
/// <param name="TpotTokenWeightedMs">All charged time over all gaps of delivered answers.</param>
/// <param name="E2elMs">E2EL.</param>
/// <param name="FeedbackN">Answers that something was said of.</param>
/// <param name="FeedbackAccuracy">The mean of what was said; null where nothing was.</param>
public sealed record TrafficReport(
    string Name,
    int N,
    double Share,
    double EscalationRate,
    double? AcceptProbability,
    double? TtftMs,
    double? TpotMs,
    double? TpotTokenWeightedMs,
    double? E2elMs,
    int FeedbackN,
    double? FeedbackAccuracy)
{
    /// <summary>Mean cost of a request by the members' prices, over those that have one; null where none has.</summary>
    public double? Cost { get; init; }

    internal static TrafficReport Of(
        string name, IReadOnlyCollection<LoggedRequest> requests, int all, IReadOnlyDictionary<string, double> feedback)
    {
        double[] said = [.. requests.Where(request => feedback.ContainsKey(request.Id)).Select(request => feedback[request.Id])];
        CostMeans costs = CostMeans.Of(requests.Select(request => request.Cost));
        return new(
            name,
            requests.Count,
            all == 0 ? 0 : (double)requests.Count / all,
            requests.Count == 0 ? 0 : requests.Average(request => request.Escalated ? 1.0 : 0),
            requests.Average(request => request.Own),
            costs.Ttft,
            costs.Tpot,
            costs.TokenWeightedTpot,
            costs.E2el,
            said.Length,
            said.Length == 0 ? null : said.Average())
        {
            Cost = costs.Cost,
        };
    }

    /// <summary>A report for each value of a key, the most frequent first.</summary>
    internal static IReadOnlyList<TrafficReport> By(
        IReadOnlyCollection<LoggedRequest> requests, Func<LoggedRequest, string?> key, IReadOnlyDictionary<string, double> feedback) =>
    [
        .. requests.Where(request => key(request) is not null)
            .GroupBy(request => key(request)!)
            .Select(group => Of(group.Key, [.. group], requests.Count, feedback))
            .OrderByDescending(report => report.N)
            .ThenBy(report => report.Name, StringComparer.Ordinal),
    ];
}
