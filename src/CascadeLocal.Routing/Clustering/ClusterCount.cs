namespace CascadeLocal.Routing.Clustering;

/// <summary>A clustering for one k.</summary>
/// <param name="Result">Its clusters.</param>
/// <param name="Silhouette">Its mean silhouette, or null where that is not defined.</param>
public sealed record ClusterCount(KMeansResult Result, double? Silhouette)
{
    /// <summary>k.</summary>
    public int Clusters => Result.Sizes.Count;
}
