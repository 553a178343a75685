using CascadeLocal.Engine.Sampling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

public sealed class SplitMix64Tests
{
    [Fact]
    public void The_stream_is_the_published_one()
    {
        SplitMix64 random = new(1234567);
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423], new[] { random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void Uniform_numbers_lie_in_the_half_open_interval_and_fill_it()
    {
        SplitMix64 random = new(1);
        int[] tenths = new int[10];
        for (int i = 0; i < 10_000; i++)
        {
            double uniform = random.NextUniform();
            Assert.InRange(uniform, 0, 1 - 1.0 / (1L << 53));
            tenths[(int)(uniform * 10)]++;
        }

        Assert.All(tenths, count => Assert.InRange(count, 850, 1150));
    }
}
