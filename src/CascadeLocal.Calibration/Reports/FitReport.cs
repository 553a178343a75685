using CascadeLocal.Routing;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade fit</c> found: costs and times in ms, rates 0..1, clusters and models by name.</summary>
public record FitReport
{
    /// <summary>What a cost is: tpot or e2el.</summary>
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
    public static FitReport Of(StageOneFit fit) => new()
    {
        Metric = fit.Options.Metric == CostMetric.Tpot ? "tpot" : "e2el",
        CostBy = fit.Options.CostBasis == CostBasis.Model ? "model" : "cluster",
        Budget = fit.Options.Budget,
        Models = [.. fit.Statistics.Models.Select((_, m) => ModelReport.Of(fit, m))],
        Crossovers = [.. fit.Crossovers],
        Regions = [.. fit.Regions.Select(r => RegionReport.Of(fit, r))],
        Chosen = RegionReport.Of(fit, fit.Chosen),
        Unconstrained = RegionReport.Of(fit, fit.Unconstrained),
        Eta = fit.Eta,
        Exact = ExactReport.Of(fit),
        Margins = [.. fit.Margins.Select(m => MarginReport.Of(fit, m))],
    };

    internal static IReadOnlyDictionary<string, string> Names(StageOneFit fit, RoutingPlan plan) => plan.Models
        .Select((model, cluster) => (Cluster: fit.Statistics.Clusters[cluster].Name, Model: fit.Statistics.Models[model].Name))
        .ToDictionary(p => p.Cluster, p => p.Model);
}
