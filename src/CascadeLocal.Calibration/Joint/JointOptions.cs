using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>What a plan is fitted for.</summary>
public sealed record JointOptions
{
    /// <summary>What a cost is.</summary>
    public CostMetric Metric { get; init; } = CostMetric.Tpot;

    /// <summary>What is chosen together.</summary>
    public JointMode Mode { get; init; } = JointMode.Joint;

    /// <summary>The greatest mean charged cost, in ms; null for no limit.</summary>
    public double? Budget { get; init; }

    /// <summary>
    /// What of the strongest model's accuracy has to be kept; null for nothing. Of kind <see cref="GuaranteeKind.None"/> it is
    /// the net accuracy on the questions for fitting, and nothing is promised.
    /// </summary>
    public Guarantee? Guarantee { get; init; }

    /// <summary>The model that is escalated to; null for the strongest.</summary>
    public int? Target { get; init; }

    /// <summary>Whether all clusters are to have the same path and the same price (<see cref="PlanKind.Uniform"/>); without promise and budget.</summary>
    internal bool IsUniform { get; init; }

    /// <summary>Most thresholds tried for a gate.</summary>
    public int Thresholds { get; init; } = 60;

    /// <summary>A cluster with fewer rows for fitting gets no gate: its τ would rest on noise.</summary>
    public int LeastRows { get; init; } = 30;

    /// <summary>With a budget: how many plans, each for a budget 5 % of the first lower, may be tried on the certification questions.</summary>
    public int Points { get; init; } = 4;

    /// <summary>The chance that the bound of the cost is passed, over all plans tried.</summary>
    public double CostDelta { get; init; } = 0.05;
}

/// <summary>What is chosen together.</summary>
public enum JointMode
{
    /// <summary>A model per cluster; no answer is judged.</summary>
    StageOne,

    /// <summary>A model per cluster as if no answer were judged, then what is done with its answers.</summary>
    StageOneThenTwo,

    /// <summary>Model and judgement of every cluster at once.</summary>
    Joint,
}
