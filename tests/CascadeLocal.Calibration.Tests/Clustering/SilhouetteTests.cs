using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Clustering;

/// <summary>The silhouette and the choice by it.</summary>
public sealed class SilhouetteTests
{
    [Fact]
    public void It_equals_the_definition() =>
        Gen.Select(Gen.Float[-2, 2].Array[2].Array[2, 25], Gen.Int[1, 5]).Sample((vectors, clusters) =>
        {
            int[] labels = [.. vectors.Select((point, i) => (int)Math.Abs((point[0] * 10) + i) % clusters)];
            double? expected = ByDefinition(vectors, labels);
            double? mean = Silhouette.Means(PointSet.Of(vectors), [labels, labels], cancellationToken: CancellationToken.None)[1];
            Assert.Equal(expected.HasValue, mean.HasValue);
            if (expected is { } value)
                Assert.Equal(value, mean!.Value, 1e-5);
        });

    [Fact]
    public void It_is_not_defined_for_one_cluster_or_for_clusters_of_one_point()
    {
        PointSet points = PointSet.Of([[0f], [1f], [2f]]);
        Assert.Equal([null, null], Silhouette.Means(points, [[0, 0, 0], [0, 1, 2]], cancellationToken: CancellationToken.None));
    }

    [Fact]
    public void More_points_than_are_measured_exactly_are_sampled()
    {
        int count = Silhouette.ExactPoints + 500;
        Random random = new(4);
        float[] values = [.. Enumerable.Range(0, count).Select(i => (i % 2 * 10) + random.NextSingle())];
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % 2)];
        PointSet points = new(values, 1);

        double first = Silhouette.Means(points, [labels], 1, TestContext.Current.CancellationToken)[0]!.Value;
        double other = Silhouette.Means(points, [labels], 2, TestContext.Current.CancellationToken)[0]!.Value;

        // Mean distances of 1/3 within and 10 between, for uniform points of length 1.
        Assert.Equal(1 - (1 / 30.0), first, 1e-3);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void The_highest_silhouette_is_chosen_and_of_equal_ones_the_smallest_k()
    {
        Assert.Equal(1, SilhouetteChoice.IndexOfHighest([0.1, 0.3, 0.3, 0.2]));
        Assert.Equal(0, SilhouetteChoice.IndexOfHighest([0.5, 0.5]));
        Assert.Equal(2, SilhouetteChoice.IndexOfHighest([null, null, -0.9, null]));
        Assert.Equal(0, SilhouetteChoice.IndexOfHighest([null, null]));
        Assert.Equal(0, SilhouetteChoice.IndexOfHighest([-0.2, null]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void As_many_clusters_as_different_points_are_tried_at_most(int distinct)
    {
        PointSet points = PointSet.Of([.. Enumerable.Range(0, 12).Select(i => new[] { (float)(i % distinct) })]);
        SilhouetteChoice choice = SilhouetteChoice.Fit(points, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(distinct, choice.Candidates[^1].Clusters);
        Assert.Equal(distinct, choice.Chosen.Clusters);
    }

    private static double? ByDefinition(float[][] points, int[] labels)
    {
        int used = labels.Distinct().Count();
        if (used < 2 || used == labels.Length)
            return null;
        return points.Select((point, i) =>
        {
            double MeanTo(int cluster) => points
                .Where((_, j) => j != i && labels[j] == cluster)
                .Average(other => Math.Sqrt(point.Zip(other).Sum(pair => Math.Pow((double)pair.First - pair.Second, 2))));
            if (labels.Count(label => label == labels[i]) == 1)
                return 0;
            double inside = MeanTo(labels[i]);
            double outside = labels.Distinct().Where(label => label != labels[i]).Min(MeanTo);
            return Math.Max(inside, outside) == 0 ? 0 : (outside - inside) / Math.Max(inside, outside);
        }).Average();
    }
}
