using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class BudgetTests
{
    private static PoolStatistics Two { get; } = Pool.Of([100, 300], ("small", 10, [0.2, 0.3]), ("large", 30, [0.1, 0.15]));

    [Fact]
    public void The_most_accurate_region_within_the_budget_is_chosen()
    {
        StageOneFit fit = Two.Fit(budget: 26);
        Assert.Equal(["small", "large"], fit.Names(fit.Chosen.Plan));
        Assert.Equal(25, fit.Chosen.Plan.Cost, 1e-9);
        Assert.Equal(0.8375, fit.Chosen.Plan.Accuracy, 1e-9);
        Assert.Equal(0.1, fit.Chosen.Low, 1e-12);
        Assert.Equal(0.14, fit.Chosen.Name);
    }

    [Fact]
    public void A_budget_that_equals_the_cost_is_kept() => Assert.Equal(25, Two.Fit(budget: 25).Chosen.Plan.Cost, 1e-9);

    [Fact]
    public void Eta_is_the_points_given_up_per_ms_saved()
    {
        StageOneFit fit = Two.Fit(budget: 26);
        Assert.Equal(2.5 / 5, fit.Eta!.Value, 1e-9);
    }

    [Fact]
    public void Eta_is_per_second_for_latencies()
    {
        PoolStatistics pool = Pool.With(Two, Two.Models.Select(m => m with { E2el = m.Tpot }));
        StageOneFit fit = StageOneFit.Fit(pool, new StageOneOptions { Metric = CostMetric.E2el, Budget = 26 });
        Assert.Equal(2.5 / 0.005, fit.Eta!.Value, 1e-6);
    }

    [Fact]
    public void Eta_is_undefined_where_nothing_is_saved() => Assert.Null(Two.Fit(budget: 1000).Eta);

    [Fact]
    public void A_budget_below_every_region_is_refused_with_what_could_be_kept()
    {
        InfeasibleBudgetException refused = Assert.Throws<InfeasibleBudgetException>(() => Two.Fit(budget: 9.9));
        Assert.Equal(10, refused.Cheapest, 1e-9);
        Assert.Contains("cheapest achievable TPOT is 10 ms", refused.Message, StringComparison.Ordinal);
        Assert.Contains("orders of magnitude", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_region_within_the_budget_is_more_accurate_than_the_chosen_one() =>
        Gen.Select(Pool.Any, Gen.Double[1, 50]).Sample((pool, budget) =>
        {
            IReadOnlyList<LambdaRegion> regions = pool.Fit().Regions;
            LambdaRegion[] feasible = [.. regions.Where(r => BruteForce.IsWithin(r.Plan.Cost, budget))];
            if (feasible.Length == 0)
            {
                Assert.Throws<InfeasibleBudgetException>(() => pool.Fit(budget));
                return;
            }

            StageOneFit fit = pool.Fit(budget);
            Assert.True(fit.Chosen.Plan.Cost <= budget * (1 + 1e-8));
            Assert.True(feasible.All(r => r.Plan.Accuracy <= fit.Chosen.Plan.Accuracy + 1e-12));
        });
}
