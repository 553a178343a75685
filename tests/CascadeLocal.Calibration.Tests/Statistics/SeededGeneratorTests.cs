using CascadeLocal.Calibration.Statistics;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Statistics;

/// <summary>Seeds are written into policies, so their sequences must never change.</summary>
public sealed class SeededGeneratorTests
{
    [Fact]
    public void The_sequence_is_that_of_SplitMix64() =>
        Assert.Equal((0xE220A8397B1DCDAF >> 11) * (1.0 / (1UL << 53)), new SeededGenerator(0).NextDouble());

    [Fact]
    public void The_sequences_of_a_seed_differ() =>
        Assert.Equal(100, Enumerable.Range(0, 100).Select(i => SeededGenerator.Of(7, i).NextDouble()).Distinct().Count());

    [Fact]
    public void Indices_are_spread_evenly()
    {
        SeededGenerator generator = new(1);
        int[] counts = new int[5];
        for (int i = 0; i < 50_000; i++)
            counts[generator.NextIndex(5)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
