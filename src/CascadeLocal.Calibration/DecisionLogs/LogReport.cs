using System.Text.Json.Serialization;

using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>What <c>cascade report --from-log</c> found.</summary>
public sealed record LogReport
{
    /// <summary>The files that were read.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Lines that are no whole line of a log.</summary>
    public required int BrokenLines { get; init; }

    /// <summary>When the first request was decided; null where no request has a time.</summary>
    public required DateTimeOffset? From { get; init; }

    /// <summary>When the last one was.</summary>
    public required DateTimeOffset? To { get; init; }

    /// <summary>All requests.</summary>
    public required int Requests { get; init; }

    /// <summary>How many ended how: ok, cancelled, failed.</summary>
    public required IReadOnlyDictionary<string, int> Statuses { get; init; }

    /// <summary>How many were answered by a member that the caller named; they are left out below.</summary>
    public required int Pinned { get; init; }

    /// <summary>How many were answered by another member than the one that should have.</summary>
    public required int Fallbacks { get; init; }

    /// <summary>How many of those that a policy routed, and that were delivered, are unlike all that it was fitted to.</summary>
    public required int Novel { get; init; }

    /// <summary>How many the policy of each version decided.</summary>
    public required IReadOnlyDictionary<string, int> Policies { get; init; }

    /// <summary>The delivered requests that a policy routed.</summary>
    public required TrafficReport All { get; init; }

    /// <summary>The same by cluster.</summary>
    public required IReadOnlyList<TrafficReport> Clusters { get; init; }

    /// <summary>The same by the member that delivered.</summary>
    public required IReadOnlyList<TrafficReport> Models { get; init; }

    /// <summary>The same by path.</summary>
    public required IReadOnlyList<TrafficReport> Paths { get; init; }

    /// <summary>What was said of answers whose request is not in the log.</summary>
    public required int FeedbackWithoutRequest { get; init; }

    /// <summary>The share of the offered draft tokens that were kept; null where none was offered.</summary>
    public required double? DraftReuse { get; init; }

    /// <summary>What the cascade saves and risks against the strongest member; null where no request was answered by both.</summary>
    public required ShadowReport? Shadow { get; init; }

    /// <summary>Whether traffic is still what the policy was fitted for; null without a policy.</summary>
    public required DriftReport? Drift { get; init; }

    /// <summary>Makes the report.</summary>
    /// <param name="log">The log.</param>
    /// <param name="policy">The policy to compare with, and its version as logs name it; or null.</param>
    public static LogReport Of(LoggedTraffic log, (Policy Policy, string Version)? policy = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        IReadOnlyDictionary<string, double> feedback = log.Feedback;
        LoggedRequest[] routed = [.. log.Requests.Where(request => request.IsDelivered && request.IsRouted)];
        HashSet<string> ids = [.. log.Requests.Select(request => request.Id)];
        int offered = routed.Sum(request => request.DraftOffered);
        return new()
        {
            Files = log.Files,
            BrokenLines = log.BrokenLines,
            From = log.Requests.Min(request => request.Time),
            To = log.Requests.Max(request => request.Time),
            Requests = log.Requests.Count,
            Statuses = Counts(log.Requests.Select(request => request.Status)),
            Pinned = log.Requests.Count(request => !request.IsRouted),
            Fallbacks = log.Requests.Count(request => request.FellBack),
            Novel = routed.Count(request => request.IsNovel),
            Policies = Counts(log.Requests.Select(request => request.Policy).OfType<string>()),
            All = TrafficReport.Of("all", routed, routed.Length, feedback),
            Clusters = TrafficReport.By(routed, request => request.Cluster, feedback),
            Models = TrafficReport.By(routed, request => request.Model, feedback),
            Paths = TrafficReport.By(routed, request => request.Path, feedback),
            FeedbackWithoutRequest = feedback.Keys.Count(id => !ids.Contains(id)),
            DraftReuse = offered == 0 ? null : (double)routed.Sum(request => request.DraftReused) / offered,
            Shadow = ShadowReport.Of(routed, feedback),
            Drift = policy is { } against ? DriftOf(against, routed, feedback) : null,
        };
    }

    private static DriftReport DriftOf((Policy Policy, string Version) against, LoggedRequest[] routed, IReadOnlyDictionary<string, double> feedback)
    {
        DriftReport drift = new DriftCheck(against.Policy, [.. routed.Where(request => request.Policy == against.Version)], feedback).Run();
        int others = routed.Length - drift.Requests;
        return others == 0
            ? drift
            : drift with { Notices = [$"{others} requests were decided by other policies than {against.Version} and are not compared with it", .. drift.Notices] };
    }

    private static Dictionary<string, int> Counts(IEnumerable<string> values) =>
        values.CountBy(value => value).OrderByDescending(count => count.Value).ToDictionary();
}

/// <summary>How a report on a log is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(LogReport))]
public sealed partial class LogJson : JsonSerializerContext;
