using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cascade.Policies;

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
