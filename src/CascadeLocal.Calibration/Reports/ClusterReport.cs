using System.Globalization;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade cluster</c> found.</summary>
/// <param name="Embedder">The embedder's name.</param>
/// <param name="Texts">How many texts were clustered.</param>
/// <param name="K">The number of clusters.</param>
/// <param name="Silhouette">The mean silhouette of each number of clusters; null where it is not defined.</param>
/// <param name="Clusters">The clusters.</param>
public sealed record ClusterReport(
    string Embedder, int Texts, int K, IReadOnlyDictionary<string, double?> Silhouette, IReadOnlyList<ClusterReport.Cluster> Clusters)
{
    /// <summary>A cluster.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Size">How many texts it has.</param>
    /// <param name="Examples">The texts nearest to its centroid, the nearest first.</param>
    public sealed record Cluster(string Name, int Size, IReadOnlyList<string> Examples);

    /// <summary>The report of a clustering.</summary>
    /// <param name="embedder">The embedder's name.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="points">Their vectors.</param>
    /// <param name="silhouette">The clusterings for k = 2..9.</param>
    /// <param name="result">The clustering to report.</param>
    /// <param name="examples">How many examples of each cluster.</param>
    public static ClusterReport Of(
        string embedder, IReadOnlyList<string> texts, PointSet points, SilhouetteChoice silhouette, KMeansResult result, int examples)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(result);
        return new(
            embedder,
            texts.Count,
            result.Sizes.Count,
            Silhouettes(silhouette),
            [.. result.Sizes.Select((size, cluster) => new Cluster(
                cluster.ToString(CultureInfo.InvariantCulture),
                size,
                [.. Enumerable.Range(0, texts.Count)
                    .Where(text => result.Labels[text] == cluster)
                    .OrderBy(text => result.Centroids.Distance(points[text], cluster))
                    .Take(examples)
                    .Select(text => texts[text])]))]);
    }

    internal static IReadOnlyDictionary<string, double?> Silhouettes(SilhouetteChoice choice) => choice.Candidates.ToDictionary(
        candidate => candidate.Clusters.ToString(CultureInfo.InvariantCulture), candidate => candidate.Silhouette);
}
