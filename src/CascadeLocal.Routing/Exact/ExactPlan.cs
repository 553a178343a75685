namespace CascadeLocal.Routing.Exact;

/// <summary>The most accurate plan within a budget over all assignments of the whole pool.</summary>
/// <param name="Plan">The plan; of equally accurate ones the cheapest.</param>
/// <param name="Gap">By how much the optimum may be more accurate at most: 0, unless the pool was too large to keep all sums.</param>
public sealed record ExactPlan(RoutingPlan Plan, double Gap);
