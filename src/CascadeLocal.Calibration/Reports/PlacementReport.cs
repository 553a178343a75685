using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade cluster --policy</c> found: where a policy puts questions, and which it knows nothing of.</summary>
public sealed record PlacementReport
{
    /// <summary>The policy's version.</summary>
    public required string Policy { get; init; }

    /// <summary>The embedder's name.</summary>
    public required string Embedder { get; init; }

    /// <summary>How many texts were placed.</summary>
    public required int Texts { get; init; }

    /// <summary>The policy's clusters.</summary>
    public required IReadOnlyList<PlacedCluster> Clusters { get; init; }

    /// <summary>The share of questions of the fitted kind that may be novel; null where the policy tells none apart.</summary>
    public required double? Alpha { get; init; }

    /// <summary>How many are novel; null likewise.</summary>
    public required int? Novel { get; init; }

    /// <summary>Their share; null likewise.</summary>
    public required double? NovelShare { get; init; }

    /// <summary>Those farthest from all clusters, the farthest first.</summary>
    public required IReadOnlyList<string> NovelExamples { get; init; }

    /// <summary>Places texts.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="version">Its version.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="points">Their vectors, by the policy's embedder.</param>
    /// <param name="examples">How many examples of each cluster, and of what is novel.</param>
    public static PlacementReport Of(Policy policy, string version, IReadOnlyList<string> texts, PointSet points, int examples)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(texts);
        OfflineRouter router = new(policy, points);
        int[] all = [.. Enumerable.Range(0, texts.Count)];
        double[] distances = [.. all.Select(text => (double)policy.Centroids.Distance(points[text], router.ClusterOf(text)))];
        ILookup<int, int> placed = all.ToLookup(router.ClusterOf);
        int[] novel = [.. all.Where(router.IsNovel).OrderByDescending(text => distances[text])];
        PoolStatistics statistics = policy.Statistics;
        return new()
        {
            Policy = version,
            Embedder = policy.Embedder.Name,
            Texts = texts.Count,
            Clusters = [.. statistics.Clusters.Select((cluster, c) => new PlacedCluster(
                cluster.Name,
                policy.Members[policy.Assignment[c]].Name,
                placed[c].Count(),
                (double)placed[c].Count() / texts.Count,
                statistics.Weight(c),
                placed[c].Count(router.IsNovel),
                [.. placed[c].OrderBy(text => distances[text]).Take(examples).Select(text => texts[text])]))],
            Alpha = policy.Novelty?.Alpha,
            Novel = policy.Novelty is null ? null : novel.Length,
            NovelShare = policy.Novelty is null ? null : (double)novel.Length / texts.Count,
            NovelExamples = [.. novel.Take(examples).Select(text => texts[text])],
        };
    }

    /// <summary>A cluster of the policy.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Model">The member that begins to answer it.</param>
    /// <param name="Size">How many of the texts are nearest to it.</param>
    /// <param name="Share">Their share.</param>
    /// <param name="Fit">Its share of the questions that the policy was fitted to.</param>
    /// <param name="Novel">How many of them are novel all the same.</param>
    /// <param name="Examples">Those nearest to its middle, the nearest first.</param>
    public sealed record PlacedCluster(string Name, string Model, int Size, double Share, double Fit, int Novel, IReadOnlyList<string> Examples);
}
