using System.Text.Json;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Clustering;

/// <summary>Compared with scikit-learn as the data's README says.</summary>
public sealed class ReferenceClusterTests
{
    [Fact]
    public void A_fixed_start_gives_the_same_labels_after_the_same_rounds()
    {
        foreach (JsonElement expected in ReferenceClusters.Root.GetProperty("fixed_init_lloyd").GetProperty("per_k").EnumerateArray())
        {
            PointSet points = ReferenceClusters.Points;
            List<float[]> start = [.. Integers(expected, "init_rows").Select(row => points[row].ToArray())];

            KMeansResult result = LloydDescent.Run(points, new(PointSet.Of(start)), 300);

            Assert.Equal(expected.GetProperty("labels").GetString()!.Select(digit => digit - '0'), result.Labels);
            Assert.Equal(expected.GetProperty("n_iter").GetInt32(), result.Iterations);
            Assert.Equal(Integers(expected, "sizes"), result.Sizes);
            Near(expected.GetProperty("inertia_float64").GetDouble(), result.Inertia, 2e-6);
            double? silhouette =
                Silhouette.Means(points, [result.Labels], cancellationToken: TestContext.Current.CancellationToken)[0];
            Assert.Equal(expected.GetProperty("silhouette").GetDouble(), silhouette!.Value, 1e-6);
        }
    }

    [Fact]
    public void The_best_of_20_starts_is_as_good()
    {
        foreach (JsonElement expected in ReferenceClusters.Root.GetProperty("per_k").EnumerateArray())
        {
            int k = expected.GetProperty("k").GetInt32();
            KMeansResult result = KMeans.Fit(
                ReferenceClusters.Points, new() { Clusters = k, Seed = 1 }, TestContext.Current.CancellationToken);
            Near(expected.GetProperty("inertia").GetDouble(), result.Inertia, 0.005);
        }
    }

    [Fact]
    public void Well_separated_blobs_choose_their_number()
    {
        JsonElement blobs = ReferenceClusters.Root.GetProperty("synthetic").GetProperty("well_separated_blobs");
        SilhouetteChoice choice = SilhouetteChoice.Fit(
            ReferenceClusters.PointsOf(blobs.GetProperty("points")), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(blobs.GetProperty("chosen_k").GetInt32(), choice.Chosen.Clusters);
        Assert.Equal(2..9, choice.Candidates[0].Clusters..choice.Candidates[^1].Clusters);
        IReadOnlyList<int> truth = [.. Integers(blobs, "true_labels")];
        Assert.Equal(choice.Chosen.Clusters, truth.Zip(choice.Chosen.Result.Labels).Distinct().Count());
    }

    [Fact]
    public void Degenerate_sets_are_clustered_as_far_as_they_go()
    {
        foreach (JsonProperty set in ReferenceClusters.Root.GetProperty("synthetic").GetProperty("degenerate").EnumerateObject())
        {
            if (!set.Value.TryGetProperty("per_k", out JsonElement candidates))
                continue;
            PointSet points = ReferenceClusters.PointsOf(set.Value.GetProperty("points"));
            foreach (JsonElement expected in candidates.EnumerateArray().Where(candidate => candidate.TryGetProperty("inertia", out _)))
            {
                KMeansResult result = KMeans.Fit(
                    points, new() { Clusters = expected.GetProperty("k").GetInt32() }, TestContext.Current.CancellationToken);
                Assert.Equal(expected.GetProperty("inertia").GetDouble(), result.Inertia, 1e-5);
                Assert.DoesNotContain(0, result.Sizes);
            }
        }
    }

    [Fact]
    public void A_point_alone_in_its_cluster_has_silhouette_0()
    {
        JsonElement set = ReferenceClusters.Root.GetProperty("synthetic").GetProperty("degenerate").GetProperty("singleton_silhouette");
        double? mean = Silhouette.Means(
            ReferenceClusters.PointsOf(set.GetProperty("points")),
            [[.. Integers(set, "labels")]],
            cancellationToken: TestContext.Current.CancellationToken)[0];
        Assert.Equal(set.GetProperty("silhouette").GetDouble(), mean!.Value, 1e-6);
    }

    private static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= relative * expected, $"{actual} instead of {expected}");

    private static IEnumerable<int> Integers(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(value => value.GetInt32());
}
