namespace CascadeLocal.Routing.StageOne;

/// <summary>Stage 1 fitted to the statistics of a pool. Models and clusters are indices into the statistics.</summary>
public sealed record StageOneFit
{
    private const double MillisecondsPerSecond = 1000;

    private StageOneFit()
    {
    }

    /// <summary>What it was fitted to.</summary>
    public required PoolStatistics Statistics { get; init; }

    /// <summary>What it was fitted for.</summary>
    public required StageOneOptions Options { get; init; }

    /// <summary>The pool figure of every model, in ms.</summary>
    public required IReadOnlyList<double> Costs { get; init; }

    /// <summary>For every model one that dominates it, or null for those that take part in the λ sweep.</summary>
    public required IReadOnlyList<int?> DominatedBy { get; init; }

    /// <summary>The plans of all λ, in growing order.</summary>
    public required IReadOnlyList<LambdaRegion> Regions { get; init; }

    /// <summary>The most accurate region within the budget.</summary>
    public required LambdaRegion Chosen { get; init; }

    /// <summary>The most accurate plan within the budget over all assignments of the whole pool.</summary>
    public required ExactPlan Exact { get; init; }

    /// <summary>The region of λ = 0, which ignores cost.</summary>
    public LambdaRegion Unconstrained => Regions[0];

    /// <summary>The λ at which the plan changes.</summary>
    public IEnumerable<double> Crossovers => Regions.Skip(1).Select(r => r.Low);

    /// <summary>The region that has the exact plan, or null where no λ gives it.</summary>
    public LambdaRegion? ExactRegion => Regions.FirstOrDefault(r => r.Plan.Models.SequenceEqual(Exact.Plan.Models));

    /// <summary>
    /// Accuracy points the chosen plan gives up per unit of cost that it saves, against λ = 0: per ms of TPOT, per s of E2EL.
    /// Null when nothing is saved.
    /// </summary>
    public double? Eta =>
        Budget.Eta(Unconstrained.Plan, Chosen.Plan, Options.Metric == CostMetric.E2el ? MillisecondsPerSecond : 1);

    /// <summary>Fits Stage 1.</summary>
    /// <param name="statistics">The pool.</param>
    /// <param name="options">What is wanted.</param>
    /// <exception cref="MissingCostException">A cost that the options need is not in the statistics.</exception>
    /// <exception cref="InfeasibleBudgetException">No region is within the budget.</exception>
    public static StageOneFit Fit(PoolStatistics statistics, StageOneOptions options)
    {
        CostTable costs = new(statistics, options.Metric, options.CostBasis);
        int?[] dominatedBy = Dominance.Find(statistics, costs);
        int[] survivors = [.. Enumerable.Range(0, dominatedBy.Length).Where(m => dominatedBy[m] is null)];
        List<LambdaRegion> regions = LambdaSweep.Regions(statistics, costs, survivors);
        ExactRouter exact = new(statistics, costs);

        double limit = Budget.Limit(options.Budget);
        LambdaRegion chosen = Budget.Choose(regions, limit) ?? throw new InfeasibleBudgetException(
            options.Budget!.Value, options.Metric, regions.Min(r => r.Plan.Cost), exact.LeastCost);
        return new()
        {
            Statistics = statistics,
            Options = options,
            Costs = [.. Enumerable.Range(0, dominatedBy.Length).Select(costs.Pool)],
            DominatedBy = dominatedBy,
            Regions = regions,
            Chosen = chosen,
            Exact = Prefer(exact.Solve(limit), regions, chosen),
        };
    }

    // Of plans that are worth the same at the same cost, one that a λ names is preferred. What a region reaches is a plan, too:
    // it is taken where the exact sums were merged, or where a cost is on the limit and its two sums round to both sides.
    private static ExactPlan Prefer(ExactPlan? exact, List<LambdaRegion> regions, LambdaRegion chosen)
    {
        if (exact is null || exact.Plan.Accuracy < chosen.Plan.Accuracy)
            return new(chosen.Plan, exact?.Gap ?? 0);
        return regions.Find(r => r.Plan.IsWorth(exact.Plan)) is { } region ? exact with { Plan = region.Plan } : exact;
    }
}

/// <summary>What Stage 1 is fitted for.</summary>
public sealed record StageOneOptions
{
    /// <summary>What a cost is.</summary>
    public CostMetric Metric { get; init; } = CostMetric.Tpot;

    /// <summary>What the score prices.</summary>
    public CostBasis CostBasis { get; init; } = CostBasis.Model;

    /// <summary>The greatest mean cost of a query, in ms; null for no limit.</summary>
    public double? Budget { get; init; }
}
