using CascadeLocal.Engine.Tuning;

using Xunit;

namespace CascadeLocal.Engine.Tests.Tuning;

/// <summary>Which of several ways is taken, by given times of each: the way in force first and last.</summary>
public sealed class TuningRoundsTests
{
    /// <summary>Rounds of one part.</summary>
    private static TuningRounds Of(params double[][] rounds)
    {
        TuningRounds all = new();
        foreach (double[] round in rounds)
            all.Add([.. round.Select(seconds => new[] { seconds })]);
        return all;
    }

    [Fact]
    public void What_is_faster_in_every_round_is_taken() =>
        Assert.Equal(1, Of([1, 0.9, 1], [1.1, 1.02, 1.08], [1, 0.95, 1.01]).Best());

    [Fact]
    public void What_is_slower_in_one_round_is_not() =>
        Assert.Equal(0, Of([1, 0.5, 1], [1, 1.01, 1], [1, 0.5, 1]).Best());

    [Fact]
    public void What_gains_less_than_a_few_percent_is_not() =>
        Assert.Equal(0, Of([1, 0.98, 1], [1, 0.98, 1], [1, 0.98, 1]).Best());

    [Fact]
    public void What_gains_less_than_the_noise_is_not()
    {
        Assert.Equal(1, Of([1, 0.9, 1], [1, 0.9, 1], [1, 0.9, 1]).Best());
        Assert.Equal(0, Of([1, 0.9, 1.2], [1.2, 0.9, 1], [1, 0.9, 1.2]).Best());
    }

    [Fact]
    public void The_shorter_time_of_the_way_in_force_counts() =>
        Assert.Equal(0, Of([1, 0.9, 0.91], [1, 0.9, 1], [1, 0.9, 1]).Best());

    [Fact]
    public void A_later_way_has_to_gain_on_the_one_before_it()
    {
        Assert.Equal(1, Of([1, 0.9, 0.89, 1], [1, 0.9, 0.89, 1]).Best());
        Assert.Equal(2, Of([1, 0.9, 0.8, 1], [1, 0.9, 0.8, 1]).Best());
        Assert.Equal(2, Of([1, 1.1, 0.8, 1], [1, 1.1, 0.8, 1]).Best());
    }

    [Fact]
    public void What_makes_one_part_slower_is_not_taken_however_much_another_gains()
    {
        TuningRounds rounds = new();
        for (int round = 0; round < 3; round++)
            rounds.Add([[1, 1], [0.5, 1.1], [0.6, 1.02], [1, 1]]);

        Assert.Equal(2, rounds.Best());
        Assert.False(rounds.Holds(1));
        Assert.True(rounds.Holds(2));
    }

    [Fact]
    public void A_ratio_is_of_the_shortest_times() =>
        Assert.Equal(0.5, Of([4, 1, 2], [3, 9, 2.5]).Ratio(1, 0));
}
