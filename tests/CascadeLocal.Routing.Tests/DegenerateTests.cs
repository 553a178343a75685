using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class DegenerateTests
{
    [Fact]
    public void One_model_is_one_region()
    {
        StageOneFit fit = Pool.Of([10, 20], ("A", 5, [0.1, 0.2])).Fit(budget: 5);
        Assert.Single(fit.Regions);
        Assert.Equal(0.1, fit.Chosen.Name);
        Assert.Null(fit.Eta);
        Assert.Same(fit.Chosen, fit.ExactRegion);
    }

    [Fact]
    public void One_cluster_works()
    {
        StageOneFit fit = Pool.Of([7], ("A", 1, [0.3]), ("B", 2, [0.1])).Fit(budget: 1);
        Assert.Equal(["A"], fit.Names(fit.Chosen.Plan));
        Assert.Equal(0.2, Assert.Single(fit.Crossovers), 1e-12);
    }

    [Fact]
    public void An_empty_cluster_weighs_nothing_and_gets_a_model_all_the_same()
    {
        StageOneFit fit = Pool.Of([10, 0], ("A", 1, [0.3, 0.2]), ("B", 2, [0.1, 0.4])).Fit(budget: 2);
        Assert.Equal(["B", "A"], fit.Names(fit.Unconstrained.Plan));
        Assert.Equal(0.9, fit.Unconstrained.Plan.Accuracy, 1e-12);
        Assert.Equal(fit.Unconstrained.Plan.Models, fit.Exact.Plan.Models);
    }

    [Fact]
    public void Equal_costs_leave_the_choice_to_the_errors()
    {
        StageOneFit fit = Pool.Of([1, 1], ("A", 4, [0.1, 0.3]), ("B", 4, [0.3, 0.1])).Fit(budget: 4);
        Assert.Single(fit.Regions);
        Assert.Equal(["A", "B"], fit.Names(fit.Chosen.Plan));
    }

    [Fact]
    public void The_order_of_models_does_not_matter() => Gen.Select(Pool.Any, Gen.Int[0, int.MaxValue]).Sample((pool, seed) =>
    {
        ModelStatistics[] shuffled = [.. pool.Models];
        new Random(seed).Shuffle(shuffled);
        StageOneFit one = pool.Fit();
        StageOneFit other = Pool.With(pool, shuffled).Fit();
        string[] survivors = [.. Survivors(one)];
        Assert.Equal(survivors.Length, Survivors(other).Count());
        // Of a circle of models that are worth the same the first of the file stays; only then may names differ.
        if (!survivors.SequenceEqual(Survivors(other)))
            return;
        Assert.Equal(one.Regions.Select(r => r.Low), other.Regions.Select(r => r.Low));
        Assert.Equal(one.Regions.Select(r => one.Names(r.Plan)), other.Regions.Select(r => other.Names(r.Plan)));
    }, iter: 1000);

    private static IEnumerable<string> Survivors(StageOneFit fit) =>
        fit.Statistics.Models.Where((_, m) => fit.DominatedBy[m] is null).Select(m => m.Name).Order(StringComparer.Ordinal);
}
