using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade fit</c> found: times in ms, other costs in the unit of the labels, rates 0..1, clusters and models by name.</summary>
public record FitReport
{
    /// <summary>What a cost is: tpot, e2el or cost.</summary>
    public required string Metric { get; init; }

    /// <summary>What the score prices: model or cluster.</summary>
    public required string CostBy { get; init; }

    /// <summary>The greatest mean cost, or null.</summary>
    public required double? Budget { get; init; }

    /// <summary>The pool.</summary>
    public required IReadOnlyList<ModelReport> Models { get; init; }

    /// <summary>The λ at which the plan changes.</summary>
    public required IReadOnlyList<double> Crossovers { get; init; }

    /// <summary>The plans of all λ.</summary>
    public required IReadOnlyList<RegionReport> Regions { get; init; }

    /// <summary>The region that keeps the budget.</summary>
    public required RegionReport Chosen { get; init; }

    /// <summary>The region of λ = 0.</summary>
    public required RegionReport Unconstrained { get; init; }

    /// <summary>Accuracy points given up per ms (tpot) or s (e2el) saved, or null.</summary>
    public required double? Eta { get; init; }

    /// <summary>The best of all plans within the budget.</summary>
    public required ExactReport Exact { get; init; }

    /// <summary>By how much the chosen models lead.</summary>
    public required IReadOnlyList<MarginReport> Margins { get; init; }

    /// <summary>The report of a fit.</summary>
    /// <param name="fit">Stage 1.</param>
    /// <param name="evidence">What labels say beyond the statistics that it was fitted to; or null.</param>
    public static FitReport Of(StageOneFit fit, LabelEvidence? evidence = null) => new()
    {
        Metric = PolicyTerms.Of(fit.Options.Metric),
        CostBy = PolicyTerms.Of(fit.Options.CostBasis),
        Budget = fit.Options.Budget,
        Models = [.. fit.Statistics.Models.Select((_, m) => ModelReport.Of(fit, evidence ?? new(fit.Statistics, null), m))],
        Crossovers = [.. fit.Crossovers],
        Regions = [.. fit.Regions.Select(r => RegionReport.Of(fit, r))],
        Chosen = RegionReport.Of(fit, fit.Chosen),
        Unconstrained = RegionReport.Of(fit, fit.Unconstrained),
        Eta = fit.Eta,
        Exact = ExactReport.Of(fit),
        Margins = [.. MarginTest.Of(fit, evidence).Select(m => MarginReport.Of(fit, m))],
    };

    internal static IReadOnlyDictionary<string, string> Names(StageOneFit fit, RoutingPlan plan) => plan.Models
        .Select((model, cluster) => (Cluster: fit.Statistics.Clusters[cluster].Name, Model: fit.Statistics.Models[model].Name))
        .ToDictionary(p => p.Cluster, p => p.Model);
}

/// <summary>A model of the pool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cost">Its pool figure.</param>
/// <param name="DominatedBy">A model that dominates it, or null.</param>
/// <param name="Accuracy">Its size-weighted accuracy.</param>
/// <param name="Errors">Its error rate in every cluster, with the interval of Wilson at 95 %.</param>
public sealed record ModelReport(
    string Name, double Cost, string? DominatedBy, double Accuracy, IReadOnlyDictionary<string, ErrorReport> Errors)
{
    internal static ModelReport Of(StageOneFit fit, LabelEvidence evidence, int model)
    {
        PoolStatistics pool = fit.Statistics;
        return new(
            pool.Models[model].Name,
            fit.Costs[model],
            fit.DominatedBy[model] is { } by ? pool.Models[by].Name : null,
            evidence.Measured.Accuracy(model),
            pool.Clusters.Select((cluster, c) => (cluster.Name, Report: ErrorReport.Of(evidence.Measured.Models[model].Errors[c], evidence.QueriesOf(model, c))))
                .ToDictionary(e => e.Name, e => e.Report));
    }
}

/// <summary>An error rate with its interval.</summary>
/// <param name="Error">The rate.</param>
/// <param name="Low">The lower bound at 95 %.</param>
/// <param name="High">The upper bound.</param>
public sealed record ErrorReport(double Error, double Low, double High)
{
    internal static ErrorReport Of(double error, double queries)
    {
        Interval interval = Proportions.Wilson(error, queries);
        return new(error, interval.Low, interval.High);
    }
}

/// <summary>A λ region.</summary>
/// <param name="Lambda">The λ that names it.</param>
/// <param name="LambdaLow">Where it begins.</param>
/// <param name="LambdaHigh">Where the next one begins, or null for the last.</param>
/// <param name="Accuracy">The accuracy of its plan.</param>
/// <param name="Cost">The mean cost of its plan, in ms.</param>
/// <param name="Assignment">The model of every cluster.</param>
public sealed record RegionReport(
    double Lambda, double LambdaLow, double? LambdaHigh, double Accuracy, double Cost, IReadOnlyDictionary<string, string> Assignment)
{
    internal static RegionReport Of(StageOneFit fit, LambdaRegion region) => new(
        region.Name,
        region.Low,
        double.IsInfinity(region.High) ? null : region.High,
        region.Plan.Accuracy,
        region.Plan.Cost,
        FitReport.Names(fit, region.Plan));
}

/// <summary>The most accurate of all plans within the budget.</summary>
/// <param name="Accuracy">Its accuracy.</param>
/// <param name="Cost">Its mean cost, in ms.</param>
/// <param name="Assignment">The model of every cluster.</param>
/// <param name="Gap">By how much the optimum may be more accurate at most; 0 but for very large pools.</param>
/// <param name="Lambda">The λ that names its region, where there is one.</param>
public sealed record ExactReport(
    double Accuracy,
    double Cost,
    IReadOnlyDictionary<string, string> Assignment,
    double Gap,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Lambda)
{
    internal static ExactReport Of(StageOneFit fit) => new(
        fit.Exact.Plan.Accuracy, fit.Exact.Plan.Cost, FitReport.Names(fit, fit.Exact.Plan), fit.Exact.Gap, fit.ExactRegion?.Name);
}

/// <summary>By how much the model of a cluster leads at the chosen λ.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Winner">Its model.</param>
/// <param name="RunnerUp">The next best, or null in a pool of one.</param>
/// <param name="Lead">The difference of their scores.</param>
/// <param name="Low">The lower bound of the lead at 95 %.</param>
/// <param name="High">The upper bound.</param>
/// <param name="Holds">Whether the lead over every rival is more than noise.</param>
public sealed record MarginReport(
    string Cluster, string Winner, string? RunnerUp, double? Lead, double? Low, double? High, bool Holds)
{
    internal static MarginReport Of(StageOneFit fit, ClusterMargin margin) => new(
        fit.Statistics.Clusters[margin.Cluster].Name,
        fit.Statistics.Models[margin.Winner].Name,
        margin.RunnerUp is { } second ? fit.Statistics.Models[second].Name : null,
        margin.Lead,
        margin.Bounds?.Low,
        margin.Bounds?.High,
        margin.Holds);
}
