using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

/// <summary>A query is novel where hardly any held-out question is as far from the clusters.</summary>
public sealed class NoveltyTests
{
    private static readonly Gen<float[]> Distances = Gen.Float[0, 2].Array[1, 300];

    private static readonly double[] UsualAlphas = [0, 0.01, 0.05, 0.1, 0.5];

    private static readonly Gen<double> Alpha = Gen.OneOf(Gen.Double[0, NoveltyBoundary.MostAlpha], Gen.Int[0, 4].Select(i => UsualAlphas[i]));

    [Fact]
    public void The_p_value_counts_the_questions_that_are_not_nearer_and_the_query_itself() =>
        Gen.Select(Distances, Gen.Float[0, 2.5f], Gen.Int[0, 299]).Sample((distances, drawn, at) =>
        {
            // Half of the queries are exactly as far as a question is.
            float query = at % 2 == 0 ? distances[at % distances.Length] : drawn;
            double expected = (1.0 + distances.Count(d => d >= query)) / (1 + distances.Length);
            Assert.Equal(expected, new NoveltyBoundary(0.1, distances).PValue(query));
        });

    [Fact]
    public void Novel_is_what_has_a_p_value_of_at_most_alpha() =>
        Gen.Select(Distances, Alpha, Gen.Float[0, 2.5f], Gen.Int[0, 299]).Sample((distances, alpha, drawn, at) =>
        {
            NoveltyBoundary boundary = new(alpha, distances);
            foreach (float query in (float[])[drawn, distances[at % distances.Length]])
                Assert.Equal(boundary.PValue(query) <= alpha, boundary.IsNovel(query));
        });

    [Fact]
    public void Farther_away_is_never_less_novel() => Gen.Select(Distances, Gen.Float[0, 2.5f], Gen.Float[0, 2.5f]).Sample((distances, one, other) =>
    {
        NoveltyBoundary boundary = new(0.05, distances);
        Assert.True(boundary.PValue(Math.Max(one, other)) <= boundary.PValue(Math.Min(one, other)));
    });

    [Fact]
    public void Of_queries_like_the_questions_no_more_than_alpha_are_novel() =>
        // Each of n + 1 exchangeable values is equally likely to be the query: the share over all of them is exact, without any noise.
        Gen.Select(Gen.OneOf(Gen.Float[0, 2], Gen.Int[0, 5].Select(i => i * 0.25f)).Array[2, 120], Alpha).Sample((values, alpha) =>
        {
            int novel = Enumerable.Range(0, values.Length).Count(i => new NoveltyBoundary(alpha, [.. values[..i], .. values[(i + 1)..]]).IsNovel(values[i]));
            Assert.True(novel <= alpha * values.Length + 1e-9, $"{novel} of {values.Length} are novel at {alpha}");
        });

    [Fact]
    public void With_too_few_questions_nothing_can_be_novel()
    {
        foreach (double alpha in (double[])[0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.25, 0.5])
        {
            int fewest = NoveltyBoundary.FewestQuestions(alpha);
            Assert.True(new NoveltyBoundary(alpha, new float[fewest]).IsNovel(1));
            if (fewest > 1)
                Assert.False(new NoveltyBoundary(alpha, new float[fewest - 1]).IsNovel(1e9));
        }

        Assert.Equal(99, NoveltyBoundary.FewestQuestions(0.01));
        Assert.Null(new NoveltyBoundary(0, new float[1000]).Radius);
    }

    [Fact]
    public void What_are_no_distances_or_no_share_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new NoveltyBoundary(0.1, []));
        Assert.Throws<ArgumentException>(() => new NoveltyBoundary(0.1, [1, -1]));
        Assert.Throws<ArgumentException>(() => new NoveltyBoundary(0.1, [1, float.NaN]));
        Assert.Throws<ArgumentException>(() => new NoveltyBoundary(0.1, [1, float.PositiveInfinity]));
        Assert.Throws<ArgumentException>(() => new NoveltyBoundary(0.1, new float[NoveltyBoundary.MostDistances + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoveltyBoundary(0.6, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoveltyBoundary(double.NaN, [1]));
    }
}
