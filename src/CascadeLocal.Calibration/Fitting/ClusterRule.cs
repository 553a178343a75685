namespace CascadeLocal.Calibration.Fitting;

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
