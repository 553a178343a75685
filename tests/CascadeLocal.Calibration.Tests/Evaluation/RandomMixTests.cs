using CascadeLocal.Calibration.Evaluation;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

public sealed class RandomMixTests
{
    private static readonly Gen<(double Accuracy, double Cost)[]> Pool = Gen.Select(Gen.Double[0, 1], Gen.Double[1, 10]).Array[1, 5];

    [Fact]
    public void No_mix_of_any_members_is_better_at_the_cost() => Gen.Select(Pool, Gen.Double[0, 12], Gen.Double[0.001, 1].Array[5]).Sample((pool, cost, weights) =>
    {
        RandomMix best = RandomMix.Best([.. pool.Select(m => m.Accuracy)], [.. pool.Select(m => m.Cost)], cost);
        double Mean(Func<(double Accuracy, double Cost), double> of) => (1 - best.Share) * of(pool[best.Cheap]) + best.Share * of(pool[best.Dear]);
        if (cost < pool.Min(m => m.Cost))
        {
            Assert.Equal(pool.Min(m => m.Cost), Mean(m => m.Cost), 1e-9);
            return;
        }

        Assert.True(Mean(m => m.Cost) <= cost + 1e-9);
        double sum = pool.Select((_, i) => weights[i]).Sum();
        double mixCost = pool.Select((m, i) => m.Cost * weights[i] / sum).Sum();
        double mixAccuracy = pool.Select((m, i) => m.Accuracy * weights[i] / sum).Sum();
        if (mixCost <= cost)
            Assert.True(Mean(m => m.Accuracy) >= mixAccuracy - 1e-9);
    });

    [Fact]
    public void Between_two_members_lots_are_drawn_so_that_the_cost_is_met()
    {
        Assert.Equal(new RandomMix(0, 1, 0.25), RandomMix.Best([0.5, 0.9], [10, 20], 12.5));
        Assert.Equal(new RandomMix(1, 1, 0), RandomMix.Best([0.5, 0.9], [10, 20], 25));
        // A dearer member that is worse is not drawn.
        Assert.Equal(new RandomMix(0, 0, 0), RandomMix.Best([0.9, 0.5], [10, 20], 15));
    }
}
