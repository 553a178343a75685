using CascadeLocal.Routing.Drift;
using CascadeLocal.Routing.Policies;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Policies;

/// <summary>
/// Compares the last requests with what the policy in force was fitted for, and raises an alarm where they are others. While it is
/// raised nothing is promised. A new policy begins anew. Thread-safe.
/// </summary>
public sealed class DriftMonitor : ICascadeObserver
{
    private const int Window = 1_000;
    private const int CheckEvery = TrafficDrift.Fewest;

    private readonly Lock _lock = new();
    private readonly Func<LoadedPolicy?> _policy;
    private readonly ILogger _logger;
    private readonly Queue<SeenRequest> _seen = new();
    private string? _version;
    private int _unchecked;
    private volatile bool _isAlarmed;

    internal DriftMonitor(Func<LoadedPolicy?> policy, ILogger logger) => (_policy, _logger) = (policy, logger);

    /// <summary>Whether traffic is other than the policy was fitted for.</summary>
    public bool IsAlarmed => _isAlarmed && _policy()?.Version == _version;

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        // In mode shadow it is not known yet whether the cascade would have escalated.
        if (!(outcome.AwaitsShadow && outcome.Decision.Mode == CascadeMode.Shadow))
            Take(outcome);
    }

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
        if (outcome.Decision.Mode == CascadeMode.Shadow)
            Take(outcome);
    }

    private void Take(CascadeOutcome outcome)
    {
        if (outcome.Delivered is null || outcome.Decision is not { Cluster: { } cluster, PolicyVersion: { } version })
            return;
        if (_policy() is not { } policy || policy.Version != version)
            return;
        lock (_lock)
        {
            if (_version != version)
            {
                _seen.Clear();
                (_version, _unchecked, _isAlarmed) = (version, 0, false);
            }

            _seen.Enqueue(new(cluster, EscalatedOf(outcome), outcome.Decision.IsNovel));
            if (_seen.Count > Window)
                _seen.Dequeue();
            if (++_unchecked < CheckEvery)
                return;
            _unchecked = 0;
            Check(policy.Policy);
        }
    }

    // Neither follow-ups that stay with their member nor what the fit did not know are what the expectation is about.
    private static bool? EscalatedOf(CascadeOutcome outcome)
    {
        CascadeOutcome? cascade = outcome.Decision.Mode == CascadeMode.Shadow ? outcome.Shadow?.Outcome : outcome;
        return cascade?.Decision is { Reason: RoutingReason.Cluster, IsNovel: false } ? cascade.Escalated : null;
    }

    private void Check(Policy policy)
    {
        Dictionary<string, int> live = _seen.CountBy(request => request.Cluster).ToDictionary();
        ClusterShift clusters = TrafficDrift.Clusters(
            [.. policy.Statistics.Clusters.Select(cluster => (double)live.GetValueOrDefault(cluster.Name))],
            [.. policy.Statistics.Clusters.Select(cluster => (double)cluster.Size)]);
        List<string> reasons = [];
        if (clusters.IsAlarming)
            reasons.Add(clusters.ToString());
        if (policy.Novelty is { } boundary)
        {
            NoveltyShift novel = TrafficDrift.Novel(_seen.Average(request => request.IsNovel ? 1.0 : 0), _seen.Count, boundary.Alpha, boundary.Distances.Length);
            if (novel.IsAlarming)
                reasons.Add(novel.ToString());
        }

        bool[] escalated = [.. _seen.Select(request => request.Escalated).OfType<bool>()];
        if (policy.Escalation?.Expected is { } expected && escalated.Length >= TrafficDrift.Fewest)
        {
            RateShift rate = TrafficDrift.Escalations(
                escalated.Average(e => e ? 1.0 : 0), escalated.Length, expected.EscalationRate, expected.Questions);
            if (rate.IsAlarming)
                reasons.Add(rate.ToString());
        }

        bool alarm = reasons.Count > 0;
        if (alarm && !_isAlarmed)
            _logger.LogWarning("Traffic is other than policy {Version} was fitted for, so nothing is promised: {Reasons}", _version, string.Join("; ", reasons));
        else if (!alarm && _isAlarmed)
            _logger.LogInformation("Traffic is again what policy {Version} was fitted for", _version);
        _isAlarmed = alarm;
    }
}

/// <summary>A request as far as drift is about it.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Escalated">Whether an answer was, or would have been, rejected; null where that says nothing.</param>
/// <param name="IsNovel">Whether it is unlike all that the policy was fitted to.</param>
internal readonly record struct SeenRequest(string Cluster, bool? Escalated, bool IsNovel);
