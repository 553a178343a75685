using CascadeLocal.Cascade.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Server.Tests.Dashboard;

public sealed class AppliedPolicyTests
{
    private static readonly PoolStatistics Statistics = new(
        [new("a", 30), new("b", 10)],
        [
            new() { Name = "nano", Errors = [0.1, 0.9], Tpot = new(null, [1, 3]) },
            new() { Name = "small", Errors = [0.05, 0.2], Tpot = new(4, []) },
        ]);

    [Fact]
    public void The_routing_is_a_point_between_its_models()
    {
        AppliedPolicy policy = new("abc", Statistics, CostMetric.Tpot, [0, 1]);

        Assert.Equal(0.75 * 0.9 + 0.25 * 0.8, policy.Accuracy, 12);
        Assert.Equal(0.75 * 1 + 0.25 * 4, policy.Cost!.Value, 12);
        Assert.Equal(1.5, policy.CostOf(0));
        Assert.Equal(4, policy.CostOf(1));
    }

    [Fact]
    public void Unknown_costs_stay_unknown() =>
        Assert.Null(new AppliedPolicy("abc", Statistics, CostMetric.E2el, [0, 1]).Cost);
}
