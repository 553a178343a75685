using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Statistics;
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
    public void What_is_never_lost_is_not_lost_at_the_most_allowed_shift()
    {
        double[] levels = [.. Enumerable.Repeat(double.PositiveInfinity, 100)];
        Assert.Equal(0, PromiseResampling.Of(levels, Mean, 10, seed: 1, mostShift: 4)!.MeanLoss);
        Assert.InRange(PromiseResampling.Of(Levels(2000), Mean, 100, seed: 3, mostShift: 0)!.MeanLoss, 0, 1e-3);
    }

    [Fact]
    public void Each_half_is_certified_as_the_whole_is()
    {
        double[] levels = Levels(201);
        double[] half = [.. levels];
        SeededGenerator generator = SeededGenerator.Of(5, 0);
        for (int i = 0; i < 100; i++)
        {
            int other = i + generator.NextIndex(half.Length - i);
            (half[i], half[other]) = (half[other], half[i]);
        }

        double shift = Certification.Certify(half[..100], Mean, 4).Shift;
        Assert.Equal(half[100..].Count(level => level <= shift) / 101.0, PromiseResampling.Of(levels, Mean, 1, seed: 5, mostShift: 4)!.MeanLoss);
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
