using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Routing.Policies;

/// <summary>The words of the command line and of policy.json for the options of a fit.</summary>
public static class PolicyTerms
{
    /// <summary>tpot or e2el.</summary>
    public static string Of(CostMetric metric) => metric == CostMetric.Tpot ? "tpot" : "e2el";

    /// <summary>model or cluster.</summary>
    public static string Of(CostBasis basis) => basis == CostBasis.Model ? "model" : "cluster";
}
