using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class PruningTests
{
    [Fact]
    public void A_model_that_costs_more_and_errs_more_is_dominated()
    {
        StageOneFit fit = Pool.Of([1, 1], ("A", 1, [0.1, 0.2]), ("B", 2, [0.1, 0.3]), ("C", 3, [0.05, 0.3])).Fit();
        Assert.Equal([null, 0, null], fit.DominatedBy);
    }

    [Fact]
    public void An_error_advantage_within_the_tolerance_does_not_rescue_a_dearer_model()
    {
        StageOneFit fit = Pool.Of([1], ("cheap", 1, [0.231]), ("dear", 2, [0.230])).Fit();
        Assert.Equal([null, 0], fit.DominatedBy);
    }

    [Fact]
    public void Models_that_are_equal_in_everything_all_survive()
    {
        StageOneFit fit = Pool.Of([1, 1], ("A", 1, [0.1, 0.2]), ("B", 1, [0.1, 0.2])).Fit();
        Assert.Equal([null, null], fit.DominatedBy);
    }

    [Fact]
    public void Of_a_circle_of_models_that_dominate_each_other_the_best_stays()
    {
        const double Unit = 0.0009;
        StageOneFit fit = Pool.Of(
            [1, 1, 1],
            ("A", 1, [0.1, 0.1 + 0.75 * Unit, 0.1 + 1.5 * Unit]),
            ("B", 1, [0.1 + 1.5 * Unit, 0.1, 0.1 + 0.75 * Unit]),
            ("C", 1, [0.1 + 0.6 * Unit, 0.1 + 1.5 * Unit, 0.1])).Fit();
        Assert.Equal([2, 0, null], fit.DominatedBy);
    }

    [Fact]
    public void Costs_by_cluster_prune_only_what_is_dearer_in_every_cluster()
    {
        PoolStatistics pool = new(
            [new("C0", 1), new("C1", 1)],
            [
                new() { Name = "A", Errors = [0.1, 0.1], Tpot = new(null, [1, 4]) },
                new() { Name = "B", Errors = [0.2, 0.2], Tpot = new(null, [3, 3]) },
            ]);
        Assert.Equal([null, 0], pool.Fit().DominatedBy);
        Assert.Equal([null, null], pool.Fit(basis: CostBasis.Cluster).DominatedBy);
    }

    [Theory]
    [InlineData(CostBasis.Model)]
    [InlineData(CostBasis.Cluster)]
    public void Pruning_never_empties_a_pool_and_names_a_real_dominator(CostBasis basis) => Pool.Measured.Sample(pool =>
    {
        StageOneFit fit = pool.Fit(basis: basis);
        Assert.Contains(null, fit.DominatedBy);
        for (int m = 0; m < pool.Models.Count; m++)
        {
            if (fit.DominatedBy[m] is not { } by)
                continue;
            Assert.NotEqual(m, by);
            Assert.All(
                Enumerable.Range(0, pool.Clusters.Count),
                c => Assert.True(pool.Models[by].Errors[c] <= pool.Models[m].Errors[c] + 0.0011));
        }
    }, iter: 1000);
}
