using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class PromiseResamplingTests
{
    private static readonly Guarantee Mean = new(GuaranteeKind.Mean, 0.95);

    [Fact]
    public void A_promise_in_the_mean_is_kept_on_average_and_nearly_used_up()
    {
        PromiseResampling found = PromiseResampling.Of(Levels(2000), Mean, 1000, seed: 3)!;
        Assert.Equal((1000, 1000), (found.Splits, found.Certifying));
        Assert.InRange(found.MeanLoss, 0.045, found.Allowed);
    }

    [Fact]
    public void A_promise_with_confidence_loses_less_than_one_in_the_mean()
    {
        double[] levels = Levels(2000);
        PromiseResampling mean = PromiseResampling.Of(levels, Mean, 300, seed: 3)!;
        PromiseResampling confident = PromiseResampling.Of(levels, new(GuaranteeKind.Confidence, 0.95), 300, seed: 3)!;
        Assert.InRange(confident.MeanLoss, 0.02, 0.9 * mean.MeanLoss);
    }

    [Fact]
    public void The_same_seed_gives_the_same_halves_and_the_order_of_the_labels_is_left_alone()
    {
        double[] levels = Levels(100);
        double[] before = [.. levels];
        Assert.Equal(PromiseResampling.Of(levels, Mean, 20, seed: 1), PromiseResampling.Of(levels, Mean, 20, seed: 1));
        Assert.NotEqual(PromiseResampling.Of(levels, Mean, 20, seed: 1), PromiseResampling.Of(levels, Mean, 20, seed: 2));
        Assert.Equal(before, levels);
    }

    [Fact]
    public void One_question_cannot_be_cut() => Assert.Null(PromiseResampling.Of([0], Mean, 10, seed: 1));

    // A tenth is lost at some shift, the rest never.
    private static double[] Levels(int count)
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, count).Select(i => i % 10 == 0 ? random.NextDouble() : double.PositiveInfinity)];
    }
}
