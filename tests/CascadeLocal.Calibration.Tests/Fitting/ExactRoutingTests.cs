using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tests;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

public sealed class ExactRoutingTests
{
    [Fact]
    public void Between_two_models_it_is_the_accuracy_that_a_ms_buys()
    {
        PoolStatistics pool = Pool.Of([1], ("A", 10, [0.4]), ("B", 20, [0.1]));
        Assert.Equal(0.03, ExactRouting.ShadowPrice(pool, new() { Budget = 15 }), 1e-9);
        Assert.Equal(0, ExactRouting.ShadowPrice(pool, new() { Budget = 25 }));
        Assert.Equal(0, ExactRouting.ShadowPrice(pool, new()));
    }

    // The price is the multiplier that makes the Lagrangian bound on the best plan the tightest.
    [Fact]
    public void No_other_price_gives_a_tighter_bound() => Gen.Select(Pool.Any, Gen.Double[0, 1], Gen.Double[0, 2]).Sample((pool, share, factor) =>
    {
        (double Accuracy, double Cost)[] plans = [.. BruteForce.Plans(pool)];
        double least = plans.Min(plan => plan.Cost);
        double budget = least + share * (plans.Max(plan => plan.Cost) - least);
        double Bound(double price) => plans.Max(plan => plan.Accuracy - price * plan.Cost) + price * budget;

        double price = ExactRouting.ShadowPrice(pool, new() { Budget = budget });
        Assert.True(price >= 0);
        Assert.True(Bound(price) <= Bound(factor * price) + 1e-9);
        Assert.True(Bound(price) <= Bound(price + factor * 0.01) + 1e-9);
    });

    [Fact]
    public void The_plan_is_the_best_one_within_the_budget_and_the_cheapest_where_none_is() =>
        Gen.Select(Pool.Any, Gen.Double[0.5, 60]).Sample((pool, budget) =>
        {
            RoutingPlan plan = ExactRouting.Plan(pool, new() { Budget = budget });
            if (BruteForce.Best(pool, budget) is { } best)
                Assert.Equal(best, plan.Accuracy, 1e-9);
            else
                Assert.Equal(BruteForce.Plans(pool).Min(p => p.Cost), plan.Cost, 1e-9);
        });

    [Fact]
    public void The_frontier_falls_from_the_most_accurate_plan_to_the_cheapest() => Pool.Any.Sample(pool =>
    {
        RoutingPlan[] frontier = [.. ExactRouting.Frontier(pool.Fit(), 1_000_000)];
        (double Accuracy, double Cost)[] plans = [.. BruteForce.Plans(pool)];
        Assert.Equal(plans.Max(p => p.Accuracy), frontier[0].Accuracy, 1e-9);
        Assert.Equal(plans.Min(p => p.Cost), frontier[^1].Cost, 1e-4);
        foreach ((RoutingPlan better, RoutingPlan cheaper) in frontier.Zip(frontier.Skip(1)))
        {
            Assert.True(cheaper.Cost < better.Cost);
            Assert.True(cheaper.Accuracy <= better.Accuracy + 1e-12);
        }

        // Every plan is met or beaten by one of the frontier that costs no more, but for the steps it was taken in.
        foreach ((double accuracy, double cost) in plans.Take(200))
            Assert.True(frontier.Where(p => p.Cost <= cost + 1e-3).Max(p => p.Accuracy) >= accuracy - 1e-9);
    });
}
