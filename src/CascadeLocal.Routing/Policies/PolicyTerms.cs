using CascadeLocal.Contracts;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Routing.Policies;

/// <summary>The words of the command line and of policy.json for the options of a fit.</summary>
public static class PolicyTerms
{
    /// <summary>tpot, e2el or cost.</summary>
    public static string Of(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => "tpot",
        CostMetric.E2el => "e2el",
        _ => "cost",
    };

    /// <summary>model or cluster.</summary>
    public static string Of(CostBasis basis) => basis == CostBasis.Model ? "model" : "cluster";

    /// <summary>confidence, mean or none.</summary>
    public static string Of(GuaranteeKind kind) => kind switch
    {
        GuaranteeKind.Confidence => "confidence",
        GuaranteeKind.Mean => "mean",
        _ => "none",
    };

    /// <summary>plain, tools or schema.</summary>
    public static string Of(RequestKind kind) => kind switch
    {
        RequestKind.Tools => "tools",
        RequestKind.Schema => "schema",
        _ => "plain",
    };

    /// <summary>none, confidence, log_probability or full.</summary>
    public static string Of(SignalSet signals) => signals switch
    {
        SignalSet.Confidence => "confidence",
        SignalSet.LogProbability => "log_probability",
        SignalSet.Full => "full",
        _ => "none",
    };

    /// <summary>platt or isotonic.</summary>
    internal static string Of(CalibrationKind kind) => kind == CalibrationKind.Platt ? "platt" : "isotonic";
}
