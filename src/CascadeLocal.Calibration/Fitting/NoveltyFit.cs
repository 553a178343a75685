using System.Globalization;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Drift;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Measures where the questions of a fit end, by such as the centroids have not seen.</summary>
internal static class NoveltyFit
{
    private const int Folds = 5;

    /// <summary>Starts of k-means within a fold; only the final clusters are worth more.</summary>
    private const int Restarts = 4;

    // Apart from the draws of folds and clusters.
    private const int SampleStream = 91;

    /// <summary>The boundary by questions of their own, as those for certifying: split conformal. Null where <paramref name="alpha"/> is 0.</summary>
    /// <param name="alpha">The share of like queries that may be found novel.</param>
    /// <param name="texts">Vectors of texts that are not fitted to.</param>
    /// <param name="centroids">The policy's.</param>
    /// <param name="seed">Decides which of very many count.</param>
    public static NoveltyBoundary? Of(double alpha, PointSet texts, Centroids centroids, ulong seed) =>
        alpha == 0 ? null : Bound(alpha, [.. Enumerable.Range(0, texts.Count).Select(text => DistanceOf(centroids, texts[text]))], seed);

    /// <summary>
    /// The boundary by the fitted questions themselves, where there are no others: cross-conformal. Each fifth of the texts is measured from
    /// clusters of the other four. Null where <paramref name="alpha"/> is 0, or nothing can be held out.
    /// </summary>
    /// <param name="alpha">As above.</param>
    /// <param name="texts">Vectors of the texts that are fitted to, each once.</param>
    /// <param name="clusters">How many clusters the policy has.</param>
    /// <param name="seed">Decides folds, and clusters in them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static NoveltyBoundary? CrossFitted(double alpha, PointSet texts, int clusters, ulong seed, CancellationToken cancellationToken)
    {
        int folds = Math.Min(Folds, texts.Count);
        if (alpha == 0 || folds < 2)
            return null;
        int[] order = [.. Enumerable.Range(0, texts.Count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        float[] distances = new float[order.Length];
        for (int fold = 0; fold < folds; fold++)
        {
            PointSet others = texts.Select([.. order.Where((_, place) => place % folds != fold)]);
            Centroids centroids = KMeans.Fit(others, new() { Clusters = clusters, Restarts = Restarts, Seed = seed, MostStarted = LabelFit.MostStarted }, cancellationToken).Centroids;
            for (int place = fold; place < order.Length; place += folds)
                distances[place] = DistanceOf(centroids, texts[order[place]]);
        }

        return Bound(alpha, distances, seed);
    }

    /// <summary>Says so where a boundary calls nothing novel, however strange.</summary>
    public static string? NoticeOf(NoveltyBoundary? boundary) => boundary is not { Radius: null, Distances.Length: var there }
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"no query will be found novel: that takes {NoveltyBoundary.FewestQuestions(boundary.Alpha)} held-out questions at --novel-alpha {boundary.Alpha:0.######}, and there are {there}");

    /// <summary>
    /// Says so where prompts that were asked again and again make so many questions novel that traffic like them would be taken for drift: a
    /// boundary is measured by different prompts.
    /// </summary>
    /// <param name="boundary">The boundary, if any.</param>
    /// <param name="centroids">The policy's.</param>
    /// <param name="questions">One vector per question.</param>
    public static string? NoticeOfRepeats(NoveltyBoundary? boundary, Centroids centroids, params IReadOnlyList<PointSet> questions)
    {
        if (boundary is null)
            return null;
        int all = questions.Sum(points => points.Count);
        int novel = questions.Sum(points => Enumerable.Range(0, points.Count).Count(q => boundary.IsNovel(DistanceOf(centroids, points[q]))));
        return novel <= (boundary.Alpha + TrafficDrift.MostRateShift) * all ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{novel} of {all} questions are found novel, more than {boundary.Alpha:0.####}: that is a share of different prompts, and some of these are asked often; a smaller --novel-alpha finds fewer, 0 none");
    }

    // A random part of exchangeable distances is as valid as all of them.
    private static NoveltyBoundary Bound(double alpha, float[] distances, ulong seed)
    {
        if (distances.Length > NoveltyBoundary.MostDistances)
        {
            SeededGenerator.Of(seed, SampleStream).Shuffle<float>(distances);
            distances = distances[..NoveltyBoundary.MostDistances];
        }

        return new(alpha, distances);
    }

    private static float DistanceOf(Centroids centroids, ReadOnlySpan<float> point) => centroids.Distance(point, centroids.Nearest(point));
}
