using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Clustering;

/// <summary>What holds for every set of points.</summary>
public sealed class KMeansTests
{
    // A squared distance of float32, relative: difference (twice, squared), square, sum, root (twice) round by at most 2^-24
    // each; and both sides of a comparison do.
    private const double Rounding = 12.0 / (1 << 24);

    /// <summary>Coordinates of few values, so that duplicates and ties are common.</summary>
    private static readonly Gen<float[][]> SomePoints =
        Gen.Int[-3, 3].Select(value => value * 0.5f).Array[2].Array[1, 40];

    [Fact]
    public void Each_point_is_with_the_nearest_centroid_and_none_is_empty() =>
        Gen.Select(SomePoints, Gen.Int[1, 9]).Sample((vectors, k) =>
        {
            PointSet points = PointSet.Of(vectors);
            KMeansResult result = Fit(points, k);
            Assert.DoesNotContain(0, result.Sizes);
            Assert.Equal(points.Count, result.Sizes.Sum());
            for (int i = 0; i < points.Count; i++)
            {
                double own = SquaredDistance(points[i], result.Centroids[result.Labels[i]]);
                for (int cluster = 0; cluster < result.Centroids.Count; cluster++)
                    Assert.True(own <= SquaredDistance(points[i], result.Centroids[cluster]) * (1 + Rounding));
            }
        });

    [Fact]
    public void There_are_as_many_clusters_as_asked_for_or_as_there_are_different_points() =>
        Gen.Select(SomePoints, Gen.Int[1, 9]).Sample((vectors, k) =>
        {
            int distinct = vectors.Select(point => (point[0], point[1])).Distinct().Count();
            KMeansResult result = Fit(PointSet.Of(vectors), k);
            Assert.Equal(Math.Min(k, distinct), result.Centroids.Count);
            Assert.Equal(distinct < k, result.Notice is not null);
            Assert.True(double.IsFinite(result.Inertia));
        });

    [Fact]
    public void The_inertia_never_rises_from_round_to_round() =>
        Gen.Select(SomePoints, Gen.Int[2, 5]).Sample((vectors, k) =>
        {
            PointSet points = PointSet.Of(vectors);
            float[][] start = [.. vectors.DistinctBy(point => (point[0], point[1])).Take(k)];
            double previous = double.PositiveInfinity;
            for (int rounds = 1; rounds <= 10; rounds++)
            {
                double inertia = LloydDescent.Run(points, new(PointSet.Of(start)), rounds).Inertia;
                Assert.True(inertia <= previous * (1 + Rounding), $"{inertia} after {previous}");
                previous = inertia;
            }
        });

    [Fact]
    public void The_order_of_the_points_does_not_matter_from_a_fixed_start() =>
        Gen.Select(SomePoints, Gen.Int[0, 1_000_000]).Sample((vectors, seed) =>
        {
            // The centroids are among the points, so that no cluster is empty: which point fills one depends on the order.
            PointSet start = PointSet.Of([[-1.7f, -0.1f], [1.9f, 0.2f]]);
            float[][] spread = [[-1.7f, -0.1f], [1.9f, 0.2f], .. vectors];
            int[] order = [.. Enumerable.Range(0, spread.Length)];
            new Random(seed).Shuffle(order);
            KMeansResult straight = LloydDescent.Run(PointSet.Of(spread), new(start), 1);
            KMeansResult shuffled = LloydDescent.Run(PointSet.Of([.. order.Select(i => spread[i])]), new(start), 1);
            Assert.Equal(order.Select(i => straight.Labels[i]), shuffled.Labels);
            Assert.Equal(straight.Inertia, shuffled.Inertia, straight.Inertia * Rounding);
        });

    [Fact]
    public void Equal_seeds_give_equal_clusters_and_the_best_start_is_taken()
    {
        PointSet points = Cloud(300);
        KMeansOptions options = new() { Clusters = 6, Seed = 5 };
        KMeansResult first = KMeans.Fit(points, options, TestContext.Current.CancellationToken);
        KMeansResult second = KMeans.Fit(points, options, TestContext.Current.CancellationToken);
        KMeansResult fewer = KMeans.Fit(points, options with { Restarts = 3 }, TestContext.Current.CancellationToken);

        Assert.Equal(first.Labels, second.Labels);
        Assert.Equal(first.Inertia, second.Inertia);
        Assert.True(first.Inertia <= fewer.Inertia);
    }

    [Fact]
    public void A_point_between_two_centroids_belongs_to_the_lower_index()
    {
        Centroids centroids = new(PointSet.Of([[4f, 0], [0f, 0], [2f, 0], [2f, 0]]));
        Assert.Equal(0, centroids.Nearest([3f, 0]));
        Assert.Equal(1, centroids.Nearest([1f, 0]));
        Assert.Equal(2, centroids.Nearest([2f, 0]));
    }

    [Fact]
    public void Too_few_different_points_are_said_so()
    {
        Assert.Equal("there is only 1 different point, so k is 1, not 4", Fit(PointSet.Of([[1f], [1f]]), 4).Notice);
        Assert.Equal("there are only 2 different points, so k is 2, not 3", Fit(PointSet.Of([[1f], [2f]]), 3).Notice);
    }

    [Fact]
    public void A_cluster_that_starts_far_from_every_point_gets_the_farthest_one()
    {
        PointSet points = PointSet.Of([[0f], [1f], [10f]]);
        KMeansResult result = LloydDescent.Run(points, new(PointSet.Of([[2f], [1000f]])), 300);
        Assert.Equal([0, 0, 1], result.Labels);
        Assert.Equal(0.5, result.Inertia, 1e-6);
    }

    [Fact]
    public void Starts_on_a_part_of_many_points_end_nearly_as_well_as_on_all()
    {
        PointSet points = Cloud(4_000);
        KMeansOptions options = new() { Clusters = 7, Restarts = 4, Seed = 5 };
        KMeansResult part = KMeans.Fit(points, options with { MostStarted = 400 }, TestContext.Current.CancellationToken);
        Assert.Equal(points.Count, part.Labels.Count);
        Assert.Equal(points.Count, part.Sizes.Sum());
        Assert.InRange(part.Inertia / KMeans.Fit(points, options, TestContext.Current.CancellationToken).Inertia, 0.9, 1.05);
        Assert.Equal(part.Labels, KMeans.Fit(points, options with { MostStarted = 400 }, TestContext.Current.CancellationToken).Labels);
    }

    [Fact]
    public void What_is_no_point_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PointSet.Of([]));
        Assert.Throws<ArgumentException>(() => PointSet.Of([[1f], [1f, 2f]]));
        Assert.Contains("point 1", Assert.Throws<ArgumentException>(() => PointSet.Of([[1f], [float.NaN]])).Message);
        Centroids centroids = new(PointSet.Of([[0f], [1f]]));
        Assert.Throws<ArgumentException>(() => centroids.Nearest([float.NaN]));
        Assert.Throws<ArgumentException>(() => centroids.Nearest([1f, 2f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fit(PointSet.Of([[0f]]), 0));
    }

    private static KMeansResult Fit(PointSet points, int clusters) =>
        KMeans.Fit(points, new() { Clusters = clusters, Restarts = 4 }, CancellationToken.None);

    private static PointSet Cloud(int count)
    {
        Random random = new(3);
        return new([.. Enumerable.Range(0, count * 3).Select(_ => random.NextSingle())], 3);
    }

    private static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }
}
