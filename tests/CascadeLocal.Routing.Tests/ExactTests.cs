using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class ExactTests
{
    [Fact]
    public void The_exact_plan_is_the_best_of_all_plans_at_every_budget() =>
        Gen.Select(Pool.Any, Gen.Double[0.5, 55]).Sample((pool, budget) =>
        {
            ExactPlan? exact = Solve(pool, budget);
            double? best = BruteForce.Best(pool, budget);
            Assert.Equal(best is null, exact is null);
            if (exact is null)
                return;
            Assert.Equal(best!.Value, exact.Plan.Accuracy, 1e-9);
            Assert.True(exact.Plan.Cost <= budget * (1 + 1e-8));
            Assert.Equal(0, exact.Gap);
        }, iter: 1000);

    [Fact]
    public void A_greater_budget_never_gives_a_less_accurate_plan() => Pool.Any.Sample(pool =>
    {
        double last = 0;
        for (double budget = 1; budget < 52; budget *= 1.2)
        {
            double accuracy = Solve(pool, budget)?.Plan.Accuracy ?? 0;
            Assert.True(accuracy >= last - 1e-12);
            last = accuracy;
        }
    });

    [Fact]
    public void The_exact_plan_is_never_worse_than_the_chosen_region() => Pool.Any.Sample(pool =>
    {
        StageOneFit free = pool.Fit();
        foreach (double budget in free.Regions.Select(r => r.Plan.Cost))
        {
            StageOneFit fit = pool.Fit(budget);
            Assert.True(fit.Exact.Plan.Accuracy >= fit.Chosen.Plan.Accuracy);
            Assert.True(fit.Exact.Plan.Cost <= budget * (1 + 1e-8));
            if (fit.ExactRegion is { } region)
                Assert.Equal(fit.Exact.Plan.Models, region.Plan.Models);
        }
    });

    [Fact]
    public void A_model_that_is_dominated_in_the_mean_can_serve_a_cluster()
    {
        PoolStatistics pool = new(
            [new("C0", 1), new("C1", 1)],
            [
                new() { Name = "A", Errors = [0.10, 0.10], Tpot = new(null, [10, 10]) },
                new() { Name = "B", Errors = [0.11, 0.30], Tpot = new(null, [2, 20]) },
            ]);
        StageOneFit fit = pool.Fit();
        Assert.Equal([null, 0], fit.DominatedBy);
        ExactPlan exact = Solve(pool, 8)!;
        Assert.Equal([1, 0], exact.Plan.Models);
        Assert.Equal(6, exact.Plan.Cost, 1e-12);
    }

    [Fact]
    public void Sums_beyond_the_limit_are_merged_and_the_gap_says_what_that_may_cost()
    {
        // Accuracy is linear in cost, so that no sum dominates another and the relaxation excludes none.
        Random random = new(3);
        const int Clusters = 24;
        double[][] costs = [.. Enumerable.Range(0, 6).Select(m => Enumerable.Range(0, Clusters).Select(_ => 1 + 9 * m * random.NextDouble()).ToArray())];
        PoolStatistics pool = new(
            [.. Enumerable.Range(0, Clusters).Select(c => new ClusterStatistics($"C{c}", random.Next(100, 900)))],
            [.. costs.Select((cells, m) => new ModelStatistics
            {
                Name = $"M{m}",
                Errors = [.. cells.Select(cost => 0.9 - cost / 60)],
                Tpot = new(null, [.. cells.Select(cost => (double?)cost)]),
            })]);
        ExactPlan exact = Solve(pool, 9.123456)!;
        Assert.InRange(exact.Gap, 1e-12, 1e-3);
        Assert.InRange(0.1 + 9.123456 / 60, exact.Plan.Accuracy, exact.Plan.Accuracy + exact.Gap + 1e-9);
    }

    [Fact]
    public void Pools_too_large_for_all_plans_are_solved()
    {
        // Costs that are the sums of distinct powers of two, and accuracies that grow with them: no plan dominates another.
        const int Clusters = 18;
        PoolStatistics pool = new(
            [.. Enumerable.Range(0, Clusters).Select(c => new ClusterStatistics($"C{c}", 1))],
            [
                new() { Name = "small", Errors = [.. Enumerable.Repeat(0.9, Clusters)], Tpot = new(0, []) },
                new()
                {
                    Name = "large",
                    Errors = [.. Enumerable.Range(0, Clusters).Select(c => 0.9 - 0.5 * Math.Pow(2, -c))],
                    Tpot = new(1, [.. Enumerable.Range(0, Clusters).Select(c => (double?)Math.Pow(2, -c))]),
                },
            ]);
        ExactPlan exact = Solve(pool, 1.0 / Clusters)!;
        Assert.Equal(0.1 + 0.5 / Clusters, exact.Plan.Accuracy, exact.Gap + 1e-9);
        Assert.True(exact.Plan.Cost <= 1.0 / Clusters + 1e-9);
    }

    [Fact]
    public void A_large_pool_is_solved_to_the_end_and_within_the_bound_of_its_relaxation()
    {
        Random random = new(5);
        const int Clusters = 32;
        PoolStatistics pool = new(
            [.. Enumerable.Range(0, Clusters).Select(c => new ClusterStatistics($"C{c}", random.Next(1, 900)))],
            [.. Enumerable.Range(0, 20).Select(m => new ModelStatistics
            {
                Name = $"M{m}",
                Errors = [.. Enumerable.Range(0, Clusters).Select(_ => random.NextDouble())],
                Tpot = new(null, [.. Enumerable.Range(0, Clusters).Select(_ => (double?)(1 + 40 * random.NextDouble()))]),
            })]);
        StageOneFit free = pool.Fit();
        foreach (double budget in free.Regions.Select(r => r.Plan.Cost))
        {
            StageOneFit fit = pool.Fit(budget);
            Assert.Equal(0, fit.Exact.Gap);
            Assert.True(fit.Exact.Plan.Accuracy >= fit.Chosen.Plan.Accuracy);
            Assert.True(fit.Exact.Plan.Cost <= budget * (1 + 1e-8));
        }
    }

    private static ExactPlan? Solve(PoolStatistics pool, double budget) =>
        new ExactRouter(pool, new CostTable(pool, CostMetric.Tpot, CostBasis.Model)).Solve(Budget.Limit(budget));
}
