using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Tests.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

/// <summary>Where the questions of a fit end, measured by such as its clusters have not seen.</summary>
public sealed class NoveltyFitTests
{
    private const int Dimensions = 8;

    [Fact]
    public void Of_new_questions_of_the_fitted_kind_no_more_than_alpha_are_novel_but_for_chance_and_of_others_nearly_all() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 6], Gen.Double[0.02, 0.2]).Sample(
            (seed, clusters, alpha) =>
            {
                Random random = new(seed);
                (PointSet fitted, PointSet other) = (Clouds(random, 600), Clouds(random, 2_000));
                NoveltyBoundary boundary = NoveltyFit.CrossFitted(alpha, fitted, clusters, (ulong)seed, TestContext.Current.CancellationToken)!;
                Centroids centroids = Clustered(fitted, clusters, seed);

                // Six deviations of both samples.
                double chance = 6 * Math.Sqrt(alpha * (1 - alpha) * (1.0 / fitted.Count + 1.0 / other.Count));
                Assert.InRange(Share(boundary, centroids, other), 0, alpha + chance);
                Assert.InRange(Share(boundary, centroids, Clouds(random, 200, first: 5)), 0.99, 1);
            },
            iter: 20,
            threads: 1);

    [Fact]
    public void Questions_for_certifying_are_measured_from_the_policys_own_clusters()
    {
        CascadeLabels labels = CascadeLabels.Of(SyntheticTopics.Of(300, 1), SyntheticTopics.Of(200, 2));
        CascadeFit fit = Cascades.Fit(labels, new()
        {
            StageOne = new() { Rule = ClusterRule.Given, Clusters = 4, NovelAlpha = 0.05 },
            Guarantee = new(GuaranteeKind.None, 0.95),
        });

        Policy policy = Cascades.Stored(fit);

        float[] distances = [.. Enumerable.Range(0, labels.Certify!.Texts.Count).Select(t => Distance(policy.Centroids, labels.Certify.Texts[t])).Order()];
        Assert.Equal(distances, policy.Novelty!.Distances.ToArray());
        Assert.Equal(new(0.05, 200, policy.Novelty.Radius), CascadeFitReport.Of(fit, "plane").Novelty);
    }

    [Fact]
    public void Without_them_folds_of_the_fitted_questions_are()
    {
        CascadeLabels labels = CascadeLabels.All(SyntheticTopics.Of(300, 1));
        CascadeFit fit = Cascades.Fit(labels, new()
        {
            StageOne = new() { Rule = ClusterRule.Given, Clusters = 4 },
            Guarantee = new(GuaranteeKind.None, 0.95),
        });

        NoveltyBoundary boundary = Cascades.Stored(fit).Novelty!;

        Assert.Equal((0.01, 300), (boundary.Alpha, boundary.Distances.Length));
        // From clusters that hold the questions themselves they would all be nearer.
        float[] own = [.. Enumerable.Range(0, 300).Select(t => Distance(fit.StageOne.Clusters.Centroids, labels.Fit.Texts[t]))];
        Assert.True(boundary.Distances.ToArray().Average() > own.Average());
    }

    [Theory]
    [InlineData(80, true)]
    [InlineData(10, false)]
    public void That_more_questions_are_novel_than_there_may_be_since_one_is_asked_often_is_said(int times, bool said)
    {
        CascadeFit fit = Cascades.Fit(CascadeLabels.Of(SyntheticTopics.Of(300, 1), WithGreeting(SyntheticTopics.Of(200, 2), times)), new()
        {
            StageOne = new() { Rule = ClusterRule.Given, Clusters = 4, NovelAlpha = 0.05 },
            Guarantee = new(GuaranteeKind.None, 0.95),
        });

        // A prompt counts once.
        Assert.Equal(201, Cascades.Stored(fit).Novelty!.Distances.Length);
        Assert.Equal(said, fit.Notices.Any(notice => notice.EndsWith(
            $"of {500 + times} questions are found novel, more than 0.05: that is a share of different prompts, and some of these are asked often; a smaller --novel-alpha finds fewer, 0 none",
            StringComparison.Ordinal)));
    }

    // The same far question as often as is asked for.
    private static EmbeddedTable WithGreeting(EmbeddedTable labels, int times)
    {
        LabelRow[] rows = [.. labels.Table.Questions.SelectMany(q => q.Runs[0])];
        LabelRow[] greetings = [.. Enumerable.Range(0, times).SelectMany(i => labels.Table.Questions[0].Runs[0].Select(row => row with { Id = $"hi{i}", Prompt = "hi" }))];
        QuestionTable table = QuestionTable.Of(new([.. rows, .. greetings], null, []), "labels.jsonl");
        Dictionary<string, float[]> vectors = labels.Table.Texts.Select((text, t) => (text, t)).ToDictionary(p => p.text, p => labels.Texts[p.t].ToArray());
        vectors["hi"] = [.. Enumerable.Repeat(50f, labels.Texts.Dimensions)];
        return new(table, PointSet.Of([.. table.Texts.Select(text => vectors[text])]));
    }

    [Fact]
    public void Of_very_many_questions_a_random_part_is_kept()
    {
        PointSet texts = new([.. Enumerable.Range(0, 10_000).Select(i => (float)i)], 1);
        NoveltyBoundary boundary = NoveltyFit.Of(0.1, texts, new(new PointSet([0], 1)), 1)!;
        Assert.Equal(NoveltyBoundary.MostDistances, boundary.Distances.Length);
        Assert.InRange(boundary.Radius!.Value, 8_900, 9_100);
    }

    [Fact]
    public void Where_nothing_is_asked_for_or_can_be_held_out_there_is_no_boundary_and_where_there_are_too_few_that_is_said()
    {
        PointSet texts = new([0, 1, 2], 1);
        Assert.Null(NoveltyFit.CrossFitted(0, texts, 1, 1, TestContext.Current.CancellationToken));
        Assert.Null(NoveltyFit.CrossFitted(0.01, new([0], 1), 1, 1, TestContext.Current.CancellationToken));
        Assert.Null(NoveltyFit.Of(0, texts, new(texts), 1));
        Assert.Null(NoveltyFit.NoticeOf(null));
        Assert.Null(NoveltyFit.NoticeOf(NoveltyFit.CrossFitted(0.25, texts, 1, 1, TestContext.Current.CancellationToken)));
        Assert.Equal(
            "no query will be found novel: that takes 19 held-out questions at --novel-alpha 0.05, and there are 3",
            NoveltyFit.NoticeOf(NoveltyFit.CrossFitted(0.05, texts, 1, 1, TestContext.Current.CancellationToken)));
    }

    private static Centroids Clustered(PointSet points, int clusters, int seed) =>
        KMeans.Fit(points, new() { Clusters = clusters, Seed = (ulong)seed, Restarts = 4 }, TestContext.Current.CancellationToken).Centroids;

    private static double Share(NoveltyBoundary boundary, Centroids centroids, PointSet points) =>
        Enumerable.Range(0, points.Count).Average(i => boundary.IsNovel(Distance(centroids, points[i])) ? 1.0 : 0);

    private static float Distance(Centroids centroids, ReadOnlySpan<float> point) => centroids.Distance(point, centroids.Nearest(point));

    // Three clouds, each around a corner; of other corners the distance to these is several times their width.
    private static PointSet Clouds(Random random, int count, int first = 0) => new(
        [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Range(0, Dimensions)
            .Select(d => (d == first + i % 3 ? 4 : 0) + 0.3f * (float)(random.NextDouble() + random.NextDouble() - 1)))],
        Dimensions);
}
