using System.Numerics.Tensors;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy applied to the pool as it is: who answers which cluster, and who if that member cannot. Immutable.</summary>
internal sealed class RoutingTable
{
    private readonly Policy _policy;
    private readonly bool[] _routed;
    private readonly int[] _assignment;
    private readonly int _default;
    private readonly double[] _costs;
    private readonly AppliedEscalation? _escalation;

    private RoutingTable(LoadedPolicy source, bool[] routed, int[] assignment, int defaultMember, AppliedEscalation? escalation)
    {
        Source = source;
        _policy = source.Policy;
        _routed = routed;
        _assignment = assignment;
        _default = defaultMember;
        _escalation = escalation;
        MostUsed = FindMostUsed();
        _costs = [.. _policy.Costs];
    }

    /// <summary>The policy and where it is from.</summary>
    public LoadedPolicy Source { get; }

    /// <summary>What is known of the policy and of how this pool uses it.</summary>
    public AppliedPolicy Applied => new(Source.Version, _policy.Statistics, _policy.Options.Metric, _assignment)
    {
        Expected = _routed.All(routed => routed) ? _policy.Escalation?.Expected : null,
        ByQuery = _routed.All(routed => routed) && _escalation is null ? _policy.Forecast?.Routing : null,
    };

    /// <summary>The names of the clusters.</summary>
    public IEnumerable<string> Clusters => _policy.Statistics.Clusters.Select(c => c.Name);

    /// <summary>The names of the models that take part: those of the policy that are in the pool.</summary>
    public IEnumerable<string> Routed => Enumerable.Range(0, _routed.Length).Where(m => _routed[m]).Select(NameOf);

    /// <summary>
    /// The member that works on the largest share of the requests, the first to answer or after a rejection, as the labels say; null where
    /// that is less than half of them.
    /// </summary>
    public string? MostUsed { get; }

    /// <summary>The name of the model that answers a cluster.</summary>
    public string ModelOf(int cluster) => NameOf(_assignment[cluster]);

    /// <summary>
    /// Applies a policy to a pool. If models of it are missing, the clusters are assigned anew among the others, from the
    /// statistics that the policy keeps.
    /// </summary>
    /// <returns>Null if the pool has no model of the policy.</returns>
    public static RoutingTable? Build(LoadedPolicy source, IReadOnlyList<PoolMember> pool)
    {
        Policy policy = source.Policy;
        bool[] routed = [.. policy.Members.Select(m => pool.Any(p => p.State != MemberState.Draining && PolicyCheck.IsSame(m, p)))];
        int[] models = [.. Enumerable.Range(0, routed.Length).Where(m => routed[m])];
        if (models.Length == 0)
            return null;
        int[] stageOne = models.Length == routed.Length ? [.. policy.Assignment] : Assign(policy, models);
        // A stranger counts once it can answer: one that loads or has failed takes no promise away.
        bool isWholePool = models.Length == routed.Length
            && pool.Count(p => p.State == MemberState.Ready || (p.State != MemberState.Draining && policy.Members.Any(m => PolicyCheck.IsSame(m, p)))) == routed.Length;
        AppliedEscalation? escalation = policy.Escalation is { } stage ? new(policy, stage, routed, isWholePool) : null;
        int[] assignment = [.. stageOne.Select((model, c) => escalation?.ActionOf(c)?.Start ?? model)];
        int defaultMember = routed[policy.DefaultMember]
            ? policy.DefaultMember
            : models.MaxBy(m => policy.Statistics.Accuracy(m));
        return new(source, routed, assignment, defaultMember, escalation);
    }

    /// <summary>The first member of the pool that is no longer what the policy was fitted to; null if all are.</summary>
    public string? ChangedOf(IReadOnlyList<PoolMember> pool) =>
        pool.FirstOrDefault(p => p.State != MemberState.Draining && _policy.Members.Any(m => PolicyCheck.HasChanged(m, p)))?.Name;

    /// <summary>Which queries are unlike all that the policy was fitted to; null where none is ever said to be.</summary>
    public NoveltyBoundary? Novelty => _policy.Novelty;

    /// <summary>Whether the labels that the policy was fitted to say something of requests of a kind.</summary>
    public bool Knows(RequestKind kind) => _policy.Knows(kind);

    /// <summary>The cluster of a vector.</summary>
    public int ClusterOf(ReadOnlySpan<float> vector) => _policy.Centroids.Nearest(vector);

    /// <summary>How far a vector is from the middle of a cluster.</summary>
    public float DistanceOf(ReadOnlySpan<float> vector, int cluster) => TensorPrimitives.Distance(vector, _policy.Centroids[cluster]);

    /// <summary>Who answers a query.</summary>
    /// <param name="query">The query, or null for one without text: the default member's.</param>
    /// <param name="previous">The member that gave the conversation's last answer; a cheaper one never follows it.</param>
    /// <param name="controls">What the request asks for.</param>
    /// <param name="maxEscalations">The most escalations.</param>
    public RoutePlan Plan(RoutedQuery? query, string? previous, CascadeControls controls, int maxEscalations)
    {
        CascadeAction? planned = query is null ? null : _escalation?.ActionOf(query.Cluster);
        int? forecast = query is null || planned is not null ? null : _policy.Forecast?.MemberOf(query.Vector, _costs, m => _routed[m]);
        int stageOne = query is null ? _default : forecast ?? _assignment[query.Cluster];
        CascadeAction action = planned ?? CascadeAction.Direct(stageOne);
        RoutingReason reason = query is null ? RoutingReason.Default : forecast is null ? RoutingReason.Cluster : RoutingReason.Forecast;
        int? floor = IndexOf(previous);
        if (controls.Keep == 1)
            (action, reason) = (CascadeAction.Direct(Strongest()), RoutingReason.Keep);
        else if (floor is { } f && f != stageOne && _costs[stageOne] <= _costs[f])
            (action, reason) = (From(action, f), RoutingReason.Conversation);

        EscalationPath path = query is null || _escalation is null
            ? EscalationPath.Direct(NameOf(action.Start))
            : _escalation.PathOf(action, query, maxEscalations);
        return new()
        {
            Cluster = query is null ? null : _policy.Statistics.Clusters[query.Cluster].Name,
            StageOneMember = NameOf(stageOne),
            Reason = reason,
            Path = path,
            Guarantee = IsPromised(query, action, path, reason) ? _escalation!.PromiseFor(controls.Keep) : Promise.None,
            Candidates = Candidates(action, query?.Cluster, floor),
            Strongest = NameOf(Strongest()),
            StrongestGuarantee = _escalation is not null && Strongest() == _escalation.Target ? _escalation.PromiseFor(null) : Promise.None,
            PolicyVersion = Source.Version,
        };
    }

    // What was certified: the cluster's own action, with all its gates; or the target, which loses nothing.
    private bool IsPromised(RoutedQuery? query, CascadeAction action, EscalationPath path, RoutingReason reason) =>
        _escalation is not null
        && (action.Start == _escalation.Target
            || (query is not null && reason == RoutingReason.Cluster && _escalation.ActionOf(query.Cluster) is not null && action.IsGated == path.IsGated(0)));

    private static CascadeAction From(CascadeAction action, int model)
    {
        int at = action.Path.ToList().IndexOf(model);
        return at < 0 ? CascadeAction.Direct(model) : new([.. action.Path.Skip(at)], [.. action.Thresholds.Skip(at)]);
    }

    private string[] Candidates(CascadeAction action, int? cluster, int? floor)
    {
        double least = floor is { } at ? _costs[at] : double.NegativeInfinity;
        IEnumerable<int> others = Enumerable.Range(0, _routed.Length)
            .Where(m => _routed[m] && !action.Path.Contains(m))
            .OrderBy(m => _costs[m] < least)
            .ThenBy(m => ErrorOf(m, cluster))
            .ThenBy(m => _costs[m]);
        return [.. action.Path.Concat(others).Select(NameOf)];
    }

    private int Strongest() => _escalation is { } stage && _routed[stage.Target]
        ? stage.Target
        : Enumerable.Range(0, _routed.Length)
            .Where(m => _routed[m])
            .OrderByDescending(m => _policy.Statistics.Accuracy(m))
            .ThenBy(m => _costs[m])
            .ThenBy(NameOf, StringComparer.Ordinal)
            .First();

    private static int[] Assign(Policy policy, int[] models)
    {
        PoolStatistics all = policy.Statistics;
        PoolStatistics rest = new(all.Clusters, [.. models.Select(m => all.Models[m])], all.ErrorTolerance);
        StageOneFit fit;
        try
        {
            fit = StageOneFit.Fit(rest, policy.Options);
        }
        catch (InfeasibleBudgetException e)
        {
            // Without the models that are gone the budget cannot be kept; the least that can be is the nearest to it.
            fit = StageOneFit.Fit(rest, policy.Options with { Budget = e.Cheapest });
        }

        return [.. fit.Exact.Plan.Models.Select(m => models[m])];
    }

    private double ErrorOf(int model, int? cluster) => cluster is { } c
        ? _policy.Statistics.Models[model].Errors[c]
        : 1 - _policy.Statistics.Accuracy(model);

    private string? FindMostUsed()
    {
        double[] shares = new double[_routed.Length];
        for (int c = 0; c < _assignment.Length; c++)
            shares[_assignment[c]] += _policy.Statistics.Weight(c);
        if (_escalation is { } stage && _policy.Escalation?.Expected is { } expected && _routed[stage.Target])
            shares[stage.Target] += expected.EscalationRate;
        int most = Array.IndexOf(shares, shares.Max());
        return shares[most] >= 0.5 ? NameOf(most) : null;
    }

    private string NameOf(int model) => _policy.Members[model].Name;

    private int? IndexOf(string? name)
    {
        for (int m = 0; m < _routed.Length; m++)
        {
            if (_routed[m] && NameOf(m) == name)
                return m;
        }

        return null;
    }
}

/// <summary>A policy as a pool uses it, as far as it is shown.</summary>
/// <param name="Version">Its name in answers and logs.</param>
/// <param name="Statistics">What was measured of every model on every cluster.</param>
/// <param name="Metric">What a cost is.</param>
/// <param name="Models">The model of each cluster: indices into the statistics.</param>
public sealed record AppliedPolicy(string Version, PoolStatistics Statistics, CostMetric Metric, IReadOnlyList<int> Models)
{
    /// <summary>What the questions for certifying say of a policy that judges answers, with the pool that it was fitted for; else null.</summary>
    public PolicyExpectation? Expected { get; init; }

    /// <summary>How a policy that judges nothing routes every query by its own forecast, with the pool that it was fitted for; else null.</summary>
    public ForecastRouting? ByQuery { get; init; }

    /// <summary>The accuracy to expect, 0..1: where no held-out questions say it, that of the routing by clusters on the queries it was fitted to.</summary>
    public double Accuracy => Expected?.Accuracy ?? ByQuery?.Accuracy ??
        1 - Enumerable.Range(0, Models.Count).Sum(c => Statistics.Weight(c) * Statistics.Models[Models[c]].Errors[c]);

    /// <summary>
    /// The mean cost to expect, in ms or in the unit of the labels, from where <see cref="Accuracy"/> is; null where one is unknown.
    /// </summary>
    public double? Cost
    {
        get
        {
            if (Expected is { } expected)
            {
                return Metric switch
                {
                    CostMetric.Tpot => expected.Tpot,
                    CostMetric.E2el => expected.E2el,
                    _ => expected.Cost,
                };
            }

            if (ByQuery?.Cost is { } forecast)
                return forecast;
            double cost = 0;
            for (int c = 0; c < Models.Count; c++)
            {
                if ((Statistics.Models[Models[c]].Cost(Metric).InCluster(c) ?? CostOf(Models[c])) is not { } cell)
                    return null;
                cost += Statistics.Weight(c) * cell;
            }

            return cost;
        }
    }

    /// <summary>The mean cost of one model, in ms; null where it is unknown.</summary>
    public double? CostOf(int model) => Statistics.Models[model].Cost(Metric).PoolFigure(Statistics.Clusters);
}

/// <summary>Stage 2 of a policy, applied to the pool as it is. Immutable.</summary>
internal sealed class AppliedEscalation
{
    // 0.99 written in a request and 0.99 read from a policy shall be equal.
    private const double Slack = 1e-9;

    private readonly Policy _policy;
    private readonly EscalationPolicy _stage;
    private readonly CascadeAction?[] _actions;
    private readonly bool _isWholePool;

    /// <param name="policy">A policy with a Stage 2.</param>
    /// <param name="stage">Its Stage 2.</param>
    /// <param name="routed">Which of its members the pool has.</param>
    /// <param name="isWholePool">Whether pool and policy have the same members.</param>
    public AppliedEscalation(Policy policy, EscalationPolicy stage, bool[] routed, bool isWholePool)
    {
        _policy = policy;
        _stage = stage;
        _actions = [.. stage.Actions.Select(a => Apply(a, routed))];
        _isWholePool = isWholePool;
    }

    /// <summary>The member that is escalated to in the end.</summary>
    public int Target => _stage.Target;

    /// <summary>What is done with a cluster; null where too little of its path is left, so that Stage 1 decides.</summary>
    public CascadeAction? ActionOf(int cluster) => _actions[cluster];

    /// <summary>What is promised of requests that want to keep a share.</summary>
    /// <param name="keep">The share; null for the policy's.</param>
    public Promise PromiseFor(double? keep)
    {
        if (_stage.Guarantee is not { } promise)
            return Promise.None;
        Promise fitted = PromiseOf(promise.Kind);
        if (!_isWholePool)
            return fitted.Without("pool");
        return keep is null || keep <= promise.Keep + Slack ? fitted : fitted.Without("keep");
    }

    /// <summary>The members of an action with what judges their answers.</summary>
    /// <param name="action">The action.</param>
    /// <param name="query">The query.</param>
    /// <param name="maxEscalations">The most members after the first: the last one allowed is the action's last.</param>
    public EscalationPath PathOf(CascadeAction action, RoutedQuery query, int maxEscalations)
    {
        CascadeAction limited = Limit(action, maxEscalations);
        Rung[] rungs = [.. limited.Path.Select((model, i) => RungOf(model, i < limited.Thresholds.Count ? limited.Thresholds[i] : null))];
        if (action.IsGated && !limited.IsGated)
            rungs = [rungs[0] with { Gate = _stage.Judges[limited.Start] is { } judge ? Gate.Observing(judge) : null }];
        return new(rungs, query, Reduce(query.Vector));
    }

    private static CascadeAction? Apply(CascadeAction action, bool[] routed)
    {
        int[] left = [.. Enumerable.Range(0, action.Path.Count).Where(i => routed[action.Path[i]])];
        if (left.Length == action.Path.Count)
            return action;
        // With one member left nothing can be escalated, and it was not chosen to answer alone.
        return left.Length < 2 ? null : new([.. left.Select(i => action.Path[i])], [.. left[..^1].Select(i => action.Thresholds[i])]);
    }

    private static CascadeAction Limit(CascadeAction action, int maxEscalations)
    {
        if (maxEscalations >= action.Path.Count - 1)
            return action;
        return maxEscalations == 0
            ? CascadeAction.Direct(action.Start)
            : new([.. action.Path.Take(maxEscalations), action.Target], [.. action.Thresholds.Take(maxEscalations)]);
    }

    private Rung RungOf(int model, double? threshold)
    {
        Gate? gate = threshold is { } tau && _stage.Judges[model] is { } judge ? new(judge, _stage.EarlyRules[model], tau) { Agreements = AgreementsOf(model) } : null;
        return new(_policy.Members[model].Name, gate, _stage.AcceptedShares[model]);
    }

    private Dictionary<string, Agreement> AgreementsOf(int model) => _stage.Agreements
        .Where(pair => pair.Key.Member == model)
        .ToDictionary(pair => _policy.Members[pair.Key.Earlier].Name, pair => pair.Value, StringComparer.Ordinal);

    private float[] Reduce(float[] vector)
    {
        if (_stage.Projection is not { } projection)
            return [];
        float[] reduced = new float[projection.Dimensions];
        projection.Apply(vector, reduced);
        return reduced;
    }

    private static Promise PromiseOf(GuaranteeKind kind) => kind switch
    {
        GuaranteeKind.Confidence => Promise.Confidence,
        GuaranteeKind.Mean => Promise.Mean,
        _ => Promise.None,
    };
}
