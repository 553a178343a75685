using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>What is done with the queries of every cluster.</summary>
/// <param name="Actions">One per cluster.</param>
/// <param name="EarlyRules">One per model: when its answers are judged.</param>
public sealed record CascadePlan(IReadOnlyList<CascadeAction> Actions, IReadOnlyList<EarlyRule> EarlyRules)
{
    /// <summary>The same with all thresholds of all clusters moved at once.</summary>
    public CascadePlan Shifted(double shift) => this with { Actions = [.. Actions.Select(a => a.Shifted(shift))] };
}
