using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>How a pool is fitted from labels.</summary>
public sealed record LabelFitOptions
{
    /// <summary>What the routing is for.</summary>
    public StageOneOptions Routing { get; init; } = new();

    /// <summary>How the number of clusters is chosen.</summary>
    public ClusterRule Rule { get; init; } = ClusterRule.Routing;

    /// <summary>k, where it is given.</summary>
    public int Clusters { get; init; }

    /// <summary>Decides clusters and splits.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// The share of the most accurate model's accuracy that is to be kept, where there is no budget: clusters are then chosen
    /// at the price of the cheapest routing that keeps it. Null without.
    /// </summary>
    public double? Keep { get; init; }

    /// <summary>Whether queries may be routed each by its own forecast; not where plans by cluster follow, which judge answers.</summary>
    public bool MayRouteByQuery { get; init; } = true;

    /// <summary>The share of queries of the fitted kind that may be found novel, 0 to <see cref="NoveltyBoundary.MostAlpha"/>; 0 for no boundary.</summary>
    public double NovelAlpha { get; init; } = NoveltyBoundary.DefaultAlpha;

    /// <summary>Stated pool figures under the metric, by model: they are taken instead of the measured ones.</summary>
    public IReadOnlyDictionary<string, double> StatedCosts { get; init; } = new Dictionary<string, double>();
}

/// <summary>How the number of clusters is chosen.</summary>
public enum ClusterRule
{
    /// <summary>By the value of the routing on questions that were held out.</summary>
    Routing,

    /// <summary>By the highest mean silhouette, as the paper does.</summary>
    Silhouette,

    /// <summary>It is given.</summary>
    Given,
}
