using System.Globalization;

using CascadeLocal.Calibration.DecisionLogs.Reading;
using CascadeLocal.Calibration.DecisionLogs.Reports;
using CascadeLocal.Routing.Judging.Measures;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.DecisionLogs.Drift;

/// <summary>
/// Whether live traffic is still what a policy was fitted for. An alarm needs a difference that matters and that chance does not
/// explain: chance alone is seen in small logs, and in large ones everything differs a little.
/// </summary>
/// <param name="policy">The policy.</param>
/// <param name="requests">Delivered requests that it routed.</param>
/// <param name="feedback">What was said of answers.</param>
internal sealed class DriftCheck(Policy policy, IReadOnlyList<LoggedRequest> requests, IReadOnlyDictionary<string, double> feedback)
{
    /// <summary>Fewer requests, or answers with feedback, say nothing.</summary>
    public const int Fewest = 100;

    /// <summary>An alarm is this unlikely where nothing has changed: logs are looked at often.</summary>
    public const double Chance = 0.001;

    /// <summary>The share of the requests that would have to change their cluster.</summary>
    public const double MostClusterShift = 0.1;

    /// <summary>By how much a rate may be off.</summary>
    public const double MostRateShift = 0.05;

    private readonly List<string> _reasons = [];
    private readonly List<string> _notices = [];

    /// <summary>Compares.</summary>
    public DriftReport Run()
    {
        ClusterDriftReport? clusters = Clusters();
        RateDriftReport? escalation = Escalation();
        CalibrationDriftReport? calibration = Calibration();
        return new()
        {
            Alarm = _reasons.Count > 0,
            Reasons = _reasons,
            Requests = requests.Count,
            Clusters = clusters,
            Escalation = escalation,
            Calibration = calibration,
            Notices = _notices,
        };
    }

    private ClusterDriftReport? Clusters()
    {
        string[] names = [.. policy.Statistics.Clusters.Select(cluster => cluster.Name)];
        double[] fit = [.. policy.Statistics.Clusters.Select(cluster => cluster.Size)];
        ILookup<string, LoggedRequest> byCluster = requests.Where(request => request.Cluster is not null).ToLookup(request => request.Cluster!);
        double[] live = [.. names.Select(name => (double)byCluster[name].Count())];
        (double liveAll, double fitAll) = (live.Sum(), fit.Sum());
        if (TooFew(liveAll, "requests with a cluster"))
            return null;
        double shift = names.Select((_, c) => Math.Abs(live[c] / liveAll - fit[c] / fitAll)).Sum() / 2;
        // The fit's shares are a sample, too: both are compared with the two together.
        int[] met = [.. Enumerable.Range(0, names.Length).Where(c => live[c] + fit[c] > 0)];
        double squares = met.Sum(c =>
        {
            double share = (live[c] + fit[c]) / (liveAll + fitAll);
            return Math.Pow(live[c] - share * liveAll, 2) / (share * liveAll) + Math.Pow(fit[c] - share * fitAll, 2) / (share * fitAll);
        });
        double chance = ChiSquare.AtLeast(squares, met.Length - 1);
        if (shift > MostClusterShift && chance < Chance)
            _reasons.Add(Invariant($"{100 * shift:0.0} % of the requests are in other clusters than when it was fitted (at most {100 * MostClusterShift:0} %)"));
        return new(
            shift,
            chance,
            [.. names.Select((name, c) => new ClusterShareReport(name, live[c] / liveAll, fit[c] / fitAll))]);
    }

    private RateDriftReport? Escalation()
    {
        if (policy.Escalation?.Expected is not { } expected)
            return null;
        // A follow-up that stays with its member was not what the expectation is about.
        LoggedRequest[] routed = [.. requests.Where(request => request.RoutedReason == "cluster")];
        if (TooFew(routed.Length, "requests that went to their cluster's member"))
            return null;
        double live = routed.Average(request => request.CascadeEscalated ? 1.0 : 0);
        double chance = RateTest.Chance(live, routed.Length, expected.EscalationRate, Math.Max(1, expected.Questions));
        if (Math.Abs(live - expected.EscalationRate) > MostRateShift && chance < Chance)
            _reasons.Add(Invariant($"{100 * live:0.0} % of the requests are escalated, {100 * expected.EscalationRate:0.0} % were expected"));
        double[] judged = [.. routed.Select(request => request.CascadeOwn).OfType<double>()];
        return new(live, expected.EscalationRate, chance, judged.Length == 0 ? null : judged.Average(), expected.AcceptProbability);
    }

    private CalibrationDriftReport? Calibration()
    {
        (double Predicted, double Correct)[] said = [.. requests
            .Where(request => feedback.ContainsKey(request.Id))
            .Select(request => (Predicted: request.Escalated ? request.Target : request.Own, Correct: feedback[request.Id]))
            .Where(pair => pair.Predicted is not null)
            .Select(pair => (pair.Predicted!.Value, pair.Correct))];
        if (said.Length == 0 || TooFew(said.Length, "judged answers with feedback"))
            return null;
        double predicted = said.Average(pair => pair.Predicted);
        double observed = said.Average(pair => pair.Correct);
        double variance = said.Sum(pair => pair.Predicted * (1 - pair.Predicted)) / ((double)said.Length * said.Length);
        double chance = RateTest.Chance(observed - predicted, variance);
        if (Math.Abs(observed - predicted) > MostRateShift && chance < Chance)
            _reasons.Add(Invariant($"{100 * observed:0.0} % of the judged answers with feedback are right, {100 * predicted:0.0} % were predicted"));
        return new(
            said.Length, predicted, observed, chance,
            CalibrationError.Expected([.. said.Select(pair => pair.Predicted)], [.. said.Select(pair => pair.Correct)]));
    }

    private bool TooFew(double count, string of)
    {
        if (count >= Fewest)
            return false;
        _notices.Add(Invariant($"{count:0} {of} are too few to tell, {Fewest} are needed"));
        return true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
