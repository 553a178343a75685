using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>A fitted plan and what it gives.</summary>
public sealed record JointResult
{
    /// <summary>What was asked for.</summary>
    public required JointOptions Options { get; init; }

    /// <summary>What is to be done, with the certified shift in all thresholds.</summary>
    public required CascadePlan Plan { get; init; }

    /// <summary>What was fitted, before the shift: the certification questions decided nothing of it but, within a budget, which point it is.</summary>
    public required CascadePlan FittedPlan { get; init; }

    /// <summary>The model that is escalated to.</summary>
    public required int Target { get; init; }

    /// <summary>What the plan gave on the questions for fitting, before the shift.</summary>
    public required PlanOutcome Fitted { get; init; }

    /// <summary>What the plan gives on the certification questions; null where there are none.</summary>
    public required PlanOutcome? Certified { get; init; }

    /// <summary>
    /// Where a share is to be kept and nothing is promised: what plans like this one give on questions for fitting that were left out of
    /// their fit. Else null.
    /// </summary>
    public required PlanOutcome? CrossValidated { get; init; }

    /// <summary>What users are told to expect; null where there are no questions that the plan was not fitted to.</summary>
    public PlanOutcome? Expected => Certified ?? CrossValidated;

    /// <summary>What the certification questions allow; null where nothing is promised.</summary>
    public required Certification? Certification { get; init; }

    /// <summary>One-sided upper bound of the mean cost, in ms; null without questions for certifying, +∞ where they do not bound it.</summary>
    public required double? CostBound { get; init; }

    /// <summary>Whether the bound keeps the budget; null without a budget or a bound.</summary>
    public required bool? BudgetHolds { get; init; }

    /// <summary>By how much the best combination of actions may be better at most (accuracy, or ms where the cost was minimised).</summary>
    public required double Gap { get; init; }

    /// <summary>How many plans were tried on the certification questions.</summary>
    public required int Tried { get; init; }

    /// <summary>Sentences on what was not fitted, not certified or not kept.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}

/// <summary>What is done with the queries of every cluster.</summary>
/// <param name="Actions">One per cluster.</param>
/// <param name="EarlyRules">One per model: when its answers are judged.</param>
public sealed record CascadePlan(IReadOnlyList<CascadeAction> Actions, IReadOnlyList<EarlyRule> EarlyRules)
{
    /// <summary>The same with all thresholds of all clusters moved at once.</summary>
    public CascadePlan Shifted(double shift) => this with { Actions = [.. Actions.Select(a => a.Shifted(shift))] };
}
