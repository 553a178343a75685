using System.Globalization;

using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Drift;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>Whether the traffic of a log is still what a policy was fitted for, by <see cref="TrafficDrift"/> and by feedback.</summary>
/// <param name="policy">The policy.</param>
/// <param name="requests">Delivered requests that it routed.</param>
/// <param name="feedback">What was said of answers.</param>
internal sealed class DriftCheck(Policy policy, IReadOnlyList<LoggedRequest> requests, IReadOnlyDictionary<string, double> feedback)
{
    private readonly List<string> _reasons = [];
    private readonly List<string> _notices = [];

    /// <summary>Compares.</summary>
    public DriftReport Run()
    {
        ClusterDriftReport? clusters = Clusters();
        NoveltyDriftReport? novelty = Novelty();
        RateDriftReport? escalation = Escalation();
        CalibrationDriftReport? calibration = Calibration();
        return new()
        {
            Alarm = _reasons.Count > 0,
            Reasons = _reasons,
            Requests = requests.Count,
            Clusters = clusters,
            Novelty = novelty,
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
        ClusterShift shift = TrafficDrift.Clusters(live, fit);
        if (shift.IsAlarming)
            _reasons.Add(shift.ToString());
        return new(
            shift.TotalVariation,
            shift.PValue,
            [.. names.Select((name, c) => new ClusterShareReport(name, live[c] / liveAll, fit[c] / fitAll))]);
    }

    private NoveltyDriftReport? Novelty()
    {
        if (policy.Novelty is not { } boundary)
            return null;
        LoggedRequest[] embedded = [.. requests.Where(request => request.Cluster is not null)];
        // With too few of them the clusters have been given up already, in the same words.
        if (embedded.Length < TrafficDrift.Fewest)
            return null;
        NoveltyShift shift = TrafficDrift.Novel(
            embedded.Average(request => request.IsNovel ? 1.0 : 0), embedded.Length, boundary.Alpha, boundary.Distances.Length);
        if (shift.IsAlarming)
            _reasons.Add(shift.ToString());
        return new(shift.Live, shift.Alpha, shift.PValue);
    }

    private RateDriftReport? Escalation()
    {
        if (policy.Escalation?.Expected is not { } expected)
            return null;
        // Neither a follow-up that stays with its member nor what the fit did not know is what the expectation is about.
        LoggedRequest[] routed = [.. requests.Where(request => request is { RoutedReason: "cluster", IsNovel: false })];
        if (TooFew(routed.Length, "requests that went to their cluster's member"))
            return null;
        double live = routed.Average(request => request.CascadeEscalated ? 1.0 : 0);
        RateShift shift = TrafficDrift.Escalations(live, routed.Length, expected.EscalationRate, expected.Questions);
        if (shift.IsAlarming)
            _reasons.Add(shift.ToString());
        double[] judged = [.. routed.Select(request => request.CascadeOwn).OfType<double>()];
        return new(live, expected.EscalationRate, shift.PValue, judged.Length == 0 ? null : judged.Average(), expected.AcceptProbability);
    }

    private CalibrationDriftReport? Calibration()
    {
        string? target = policy.Escalation is { } escalation ? policy.Members[escalation.Target].Name : null;
        (double Predicted, double Correct)[] said = [.. requests
            .Where(request => feedback.ContainsKey(request.Id))
            .Select(request => (Predicted: request.Escalated && request.Model == target ? request.Target : request.Own, Correct: feedback[request.Id]))
            .Where(pair => pair.Predicted is not null)
            .Select(pair => (pair.Predicted!.Value, pair.Correct))];
        if (said.Length == 0 || TooFew(said.Length, "judged answers with feedback"))
            return null;
        double predicted = said.Average(pair => pair.Predicted);
        double observed = said.Average(pair => pair.Correct);
        double variance = said.Sum(pair => pair.Predicted * (1 - pair.Predicted)) / ((double)said.Length * said.Length);
        double chance = RateTest.Chance(observed - predicted, variance);
        if (Math.Abs(observed - predicted) > TrafficDrift.MostRateShift && chance < TrafficDrift.Chance)
            _reasons.Add(Invariant($"{100 * observed:0.0} % of the judged answers with feedback are right, {100 * predicted:0.0} % were predicted"));
        return new(
            said.Length, predicted, observed, chance,
            CalibrationError.Expected([.. said.Select(pair => pair.Predicted)], [.. said.Select(pair => pair.Correct)]));
    }

    private bool TooFew(double count, string of)
    {
        if (count >= TrafficDrift.Fewest)
            return false;
        _notices.Add(Invariant($"{count:0} {of} are too few to tell, {TrafficDrift.Fewest} are needed"));
        return true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
