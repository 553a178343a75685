using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests;

public sealed class RegionTests
{
    [Theory]
    [InlineData(0.0696, 0.2159, 0.2)]
    [InlineData(0, 0.052, 0.05)]
    [InlineData(0.052, 0.067, 0.06)]
    [InlineData(0.1, 0.2, 0.19)]
    [InlineData(0.3, 0.5, 0.4)]
    [InlineData(0.3 - 1e-17, 0.1 + 0.2, 0.30000000000000004)]
    [InlineData(0.099, double.PositiveInfinity, 0.1)]
    [InlineData(0.1, double.PositiveInfinity, 0.2)]
    [InlineData(0, double.PositiveInfinity, 0.1)]
    [InlineData(1.23, double.PositiveInfinity, 1.3)]
    public void A_region_is_named_by_the_largest_multiple_of_the_first_precision_that_fits(double low, double high, double name) =>
        Assert.Equal(name, LambdaName.Of(low, high), 1e-15);

    [Fact]
    public void A_bound_that_is_a_multiple_but_for_its_rounding_does_not_name_the_region() =>
        Assert.Equal(0.29, LambdaName.Of(0.2, 0.1 + 0.2));

    [Fact]
    public void Names_lie_strictly_inside() =>
        Gen.Select(Gen.Double[0, 2], Gen.Double[1e-9, 1]).Sample((low, width) =>
        {
            double name = LambdaName.Of(low, low + width);
            return low < name && name < low + width;
        });

    [Fact]
    public void Models_tied_with_the_winner_give_way_to_the_cheapest_of_them_but_never_by_a_chain()
    {
        // B errs 0.0009 more than A, and C 0.0009 more than B: C is no tie of A.
        StageOneFit fit = Pool.Of([100, 1], ("A", 3, [0.1, 0.1]), ("B", 2, [0.1009, 0.2]), ("C", 1, [0.1018, 0.3])).Fit();
        Assert.Equal(["B", "A"], fit.Names(fit.Unconstrained.Plan));
    }

    [Fact]
    public void An_error_that_is_exactly_the_tolerance_above_is_a_tie()
    {
        StageOneFit fit = Pool.Of([1, 1], ("dear", 2, [0.230, 0.1]), ("cheap", 1, [0.231, 0.5])).Fit();
        Assert.Equal(["cheap", "dear"], fit.Names(fit.Unconstrained.Plan));
    }

    [Theory]
    [InlineData(CostBasis.Model)]
    [InlineData(CostBasis.Cluster)]
    public void Regions_cover_all_lambdas_and_neighbours_differ(CostBasis basis) => Pool.Measured.Sample(pool =>
    {
        IReadOnlyList<LambdaRegion> regions = pool.Fit(basis: basis).Regions;
        Assert.Equal(0, regions[0].Low);
        Assert.Equal(double.PositiveInfinity, regions[^1].High);
        for (int i = 1; i < regions.Count; i++)
        {
            Assert.Equal(regions[i - 1].High, regions[i].Low);
            Assert.True(regions[i].Low > regions[i - 1].Low);
            Assert.NotEqual(regions[i - 1].Plan.Models, regions[i].Plan.Models);
        }
    }, iter: 1000);

    [Theory]
    [InlineData(CostBasis.Model)]
    [InlineData(CostBasis.Cluster)]
    public void The_plan_of_a_region_is_that_of_every_lambda_in_it(CostBasis basis) =>
        Gen.Select(Pool.Measured, Gen.Double[0.001, 0.999].Array[5]).Sample((pool, shares) =>
        {
            StageOneFit fit = pool.Fit(basis: basis);
            ModelStatistics[] survivors = [.. pool.Models.Where((_, m) => fit.DominatedBy[m] is null)];
            foreach (LambdaRegion region in fit.Regions.Where(r => r.High - r.Low > 1e-6))
            {
                double high = double.IsInfinity(region.High) ? region.Low + 10 : region.High;
                foreach (double lambda in shares.Select(s => region.Low + s * (high - region.Low)).Append(region.Name))
                    Assert.Equal(BruteForce.Assign(pool, survivors, lambda, basis), fit.Names(region.Plan));
            }
        }, iter: 2000);

    [Fact]
    public void A_pool_without_costs_by_cluster_is_priced_by_its_pool_figures() =>
        Pool.Any.Sample(pool => pool.Fit().Regions.All(r => r.Plan.Accuracy is >= -1e-12 and <= 1 + 1e-12));

    [Fact]
    public void A_missing_cost_by_cluster_is_named()
    {
        PoolStatistics pool = Pool.Of([1, 1], ("A", 1, [0.1, 0.2]));
        MissingCostException missing = Assert.Throws<MissingCostException>(() => pool.Fit(basis: CostBasis.Cluster));
        Assert.Equal("models.A.cluster_tpot_ms.C0", missing.Field);
    }
}
