using CascadeLocal.Routing.Embedding;

using CsCheck;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Products of 16-bit integers against products in float64, and of each level against the scalar one.</summary>
public sealed class FixedPointProductTests
{
    private const int Block = 64;
    private const int Largest = 5792;

    // One row, whole and cut tiles, more rows than are computed at once; whole and cut blocks and panels.
    private static readonly Gen<(int Rows, int Inputs, int Outputs, int Seed)> Shapes = Gen.Select(
        Gen.OneOf(Gen.Int[1, 9], Gen.Int[120, 140]),
        Gen.OneOf(Gen.Int[1, 70], Gen.Const(64), Gen.Const(384), Gen.Int[129, 200]),
        Gen.OneOf(Gen.Int[1, 100], Gen.Const(96), Gen.Int[190, 200]),
        Gen.Int[0, 1_000]);

    public static TheoryData<string> Levels => [.. Enum.GetNames<FixedPointLevel>()];

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_level_gives_the_bits_of_the_scalar_one(string name)
    {
        FixedPointLevel level = Native.Require(name);
        Shapes.Sample(shape =>
        {
            (int rows, int inputs, int outputs, int seed) = shape;
            Random random = new(seed);
            float[] x = Draw(random, rows * inputs), w = Draw(random, outputs * inputs), bias = Draw(random, outputs);
            Assert.Equal(Multiply(FixedPointLevel.Scalar, x, w, bias, inputs), Multiply(level, x, w, bias, inputs));
        }, iter: 30);
    }

    [Fact]
    public void Every_result_is_as_near_as_the_format_allows() => Shapes.Sample(shape =>
    {
        (int rows, int inputs, int outputs, int seed) = shape;
        Random random = new(seed);
        float[] x = Draw(random, rows * inputs), w = Draw(random, outputs * inputs), bias = Draw(random, outputs);
        float[] result = Multiply(x, w, bias, inputs);
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                (double exact, double bound) = Exactly(x.AsSpan(row * inputs, inputs), w.AsSpan(output * inputs, inputs));
                double error = Math.Abs(exact + bias[output] - result[(row * outputs) + output]);
                Assert.True(error <= bound + 1e-5, $"{shape}: row {row}, output {output}: {error} of {bound}");
            }
        }
    }, iter: 60);

    [Fact]
    public void Small_integers_are_multiplied_exactly_if_their_blocks_hold_the_largest_one()
    {
        // The scale is 1 then, in rows and weights, and every sum fits float32.
        const int inputs = 128, outputs = 100, rows = 5;
        Random random = new(3);
        float[] x = Integers(random, rows, inputs), w = Integers(random, outputs, inputs);
        float[] result = Multiply(x, w, new float[outputs], inputs);
        for (int i = 0; i < result.Length; i++)
        {
            (int row, int output) = Math.DivRem(i, outputs);
            long exact = Enumerable.Range(0, inputs).Sum(j => (long)x[(row * inputs) + j] * (long)w[(output * inputs) + j]);
            Assert.Equal((float)exact, result[i], tolerance: Math.Abs(exact) * 1.2e-7f);
        }
    }

    [Fact]
    public void The_largest_sums_do_not_overflow()
    {
        float[] ones = [.. Enumerable.Repeat(-1f, 4 * 384)];
        Assert.All(Multiply(ones, ones, new float[4], 384), sum => Assert.Equal(384, sum, 0.001));
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others()
    {
        Random random = new(5);
        float[] x = Draw(random, 131 * 384), w = Draw(random, 96 * 384), bias = Draw(random, 96);
        float[] together = Multiply(x, w, bias, 384);
        for (int row = 0; row < 131; row += 13)
            Assert.Equal(Multiply(x[(row * 384)..((row + 1) * 384)], w, bias, 384), together[(row * 96)..((row + 1) * 96)]);
    }

    [Fact]
    public void Zeros_and_numbers_of_any_size_share_no_scale_with_other_blocks()
    {
        float[] x = new float[3 * 64], w = [.. Enumerable.Repeat(1f, 3 * 64)];
        x[1] = 1e-20f;
        x[70] = 1e20f;
        Assert.Equal(1e20f, Multiply(x, w, new float[1], 192)[0], 1e16f);
        x[70] = 0;
        Assert.Equal(1e-20f, Multiply(x, w, new float[1], 192)[0], 1e-24f);
    }

    private static float[] Multiply(float[] x, float[] w, float[] bias, int inputs) =>
        Multiply(Native.Require().BestLevel, x, w, bias, inputs);

    private static unsafe float[] Multiply(FixedPointLevel level, float[] x, float[] w, float[] bias, int inputs)
    {
        float[] result = new float[x.Length / inputs * bias.Length];
        fixed (float* rows = x, weights = w, added = bias, target = result)
            Assert.Equal(0, Native.Require().Multiply((int)level, rows, x.Length / inputs, weights, added, bias.Length, inputs, target));
        return result;
    }

    /// <summary>The product, and how far rounding to a block's scale can move it.</summary>
    private static (double Exact, double Bound) Exactly(ReadOnlySpan<float> x, ReadOnlySpan<float> w)
    {
        double exact = 0, bound = 0;
        for (int first = 0; first < x.Length; first += Block)
        {
            int length = Math.Min(Block, x.Length - first);
            double stepX = LargestOf(x.Slice(first, length)) / Largest * 0.501;
            double stepW = LargestOf(w.Slice(first, length)) / Largest * 0.501;
            for (int i = first; i < first + length; i++)
            {
                exact += (double)x[i] * w[i];
                bound += (Math.Abs(x[i]) * stepW) + (Math.Abs(w[i]) * stepX) + (stepX * stepW);
            }
        }

        return (exact, bound);
    }

    private static double LargestOf(ReadOnlySpan<float> values)
    {
        double largest = 0;
        foreach (float value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static float[] Draw(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() + random.NextSingle() - 1)];

    private static float[] Integers(Random random, int rows, int inputs) =>
        [.. Enumerable.Range(0, rows * inputs).Select(i => i % Block == 7 ? Largest : (float)random.Next(-300, 301))];
}
