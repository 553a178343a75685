using CascadeLocal.Engine.Sampling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>The choice of a token, on every kernel.</summary>
public sealed class LogitsKernelChoiceTests
{
    private static readonly Gen<TokenSelection> Selections = Gen.Select(
        Gen.OneOf<float>(Gen.OneOf(0f, 1f, 1e-40f, 1e6f), Gen.Float[0.05f, 3f]),
        Gen.OneOf<int>(Gen.OneOf(0, 1, int.MaxValue), Gen.Int[0, 3000]),
        Gen.OneOf<float>(Gen.OneOf(0f, 0.5f, 1f), Gen.Float[0f, 1f]),
        Gen.OneOf<float>(Gen.OneOf(0f, 1f), Gen.Float[0f, 0.2f]),
        (temperature, topK, topP, minP) => new TokenSelection(temperature, topK, topP, minP));

    private static readonly Gen<double> Uniforms = Gen.OneOf<double>(Gen.OneOf(0.0, 1 - 1.0 / (1L << 53)), Gen.Double[0, 0.999999]);

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void The_choice_is_that_of_the_definition(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        Gen.Select(LogitsCase.Any, Selections, Uniforms)
            .Sample((c, selection, uniform) => AssertChoice(kernel, c, selection, uniform), iter: 1500, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Choices_hold_at_the_largest_vocabulary(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        TokenSelection[] selections = [new(0.8f, 0, 1, 0), new(1, 0, 0.95f, 0), new(1.2f, 40, 0.9f, 0.05f)];
        foreach (TokenSelection selection in selections)
        {
            AssertChoice(kernel, new LogitsCase(152_064, LogitsShape.Normal, 11), selection, 0.3);
            AssertChoice(kernel, new LogitsCase(152_064, LogitsShape.Peaked, 12), selection, 0.7);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Top_k_of_equal_tokens_keeps_the_lowest_ids(string name)
    {
        float[] logits = new float[5000];
        Assert.Equal(39, Choose(Kernels.Get(name), logits, new TokenSelection(1, 40, 1, 0), 0.9999));
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Zero_and_minus_zero_are_equal(string name) =>
        Assert.Equal(1, Choose(Kernels.Get(name), [-0f, 0, 0], new TokenSelection(1, 2, 1, 0), 0.99));

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Top_k_keeps_exactly_the_k_best(string name)
    {
        // At this temperature the k tokens weigh the same, so that k numbers draw each of them once, ids ascending.
        const float flat = 1e6f;
        ILogitsKernel kernel = Kernels.Get(name);
        Gen.Select(Gen.Int[1, 300], Gen.Int[301, 6000], Gen.Enum<LogitsShape>(), Gen.Int[0, 1000], Gen.Bool).Sample(
            (k, size, shape, seed, rising) =>
            {
                float[] logits = new LogitsCase(size, shape, seed).Create().ToArray();
                if (rising)
                    Array.Sort(logits); // every block is better than those before it
                int[] best = [.. SamplingReference.Ranked(SamplingReference.Usable(logits)).Take(k)];
                if (best.Length < k || logits[best[0]] - logits[best[^1]] > 1000)
                    return;
                int[] drawn = [.. Enumerable.Range(0, k).Select(i => Choose(kernel, logits, new TokenSelection(flat, k, 1, 0), (i + 0.5) / k))];
                Assert.Equal(best.Order(), drawn);
            },
            iter: 60,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Top_p_of_equal_tokens_keeps_the_lowest_ids(string name)
    {
        float[] logits = new float[4096];
        Assert.Equal(1023, Choose(Kernels.Get(name), logits, new TokenSelection(1, 0, 0.25f, 0), 0.9999));
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void The_temperature_comes_after_top_p(string name)
    {
        // At temperature 1 the first token has .73, so top-p .7 leaves it alone; at temperature 100 it would have .5.
        Assert.Equal(0, Choose(Kernels.Get(name), [1, 0], new TokenSelection(100, 0, 0.7f, 0), 0.99));
        Assert.Equal(1, Choose(Kernels.Get(name), [1, 0], new TokenSelection(100, 0, 0.75f, 0), 0.99));
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Min_p_keeps_tokens_by_their_share_of_the_best(string name)
    {
        float[] logits = [MathF.Log(0.1f), 0, MathF.Log(0.3f)];
        Assert.Equal(1, Choose(Kernels.Get(name), logits, new TokenSelection(1, 0, 1, 0.2f), 0));
        Assert.Equal(0, Choose(Kernels.Get(name), logits, new TokenSelection(1, 0, 1, 0.05f), 0));
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void An_impossible_token_is_never_drawn(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        float[] logits = new float[3000];
        Array.Fill(logits, float.NegativeInfinity);
        logits[2777] = -5;
        foreach (double uniform in new[] { 0, 0.5, 1 - 1.0 / (1L << 53) })
        {
            foreach (TokenSelection selection in new TokenSelection[] { new(1, 0, 1, 0), new(5, 0, 0.9f, 0), new(2, 50, 1, 0) })
                Assert.Equal(2777, Choose(kernel, logits, selection, uniform));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Draws_have_the_distribution_asked_for(string name)
    {
        const int draws = 100_000;
        const double temperature = 0.7;
        ILogitsKernel kernel = Kernels.Get(name);
        float[] logits = [0.5f, -1, 2, 0, 1.5f, -0.5f, 1, -2];
        int[] counts = new int[logits.Length];
        SplitMix64 random = new(42);
        for (int i = 0; i < draws; i++)
            counts[Choose(kernel, logits, new TokenSelection((float)temperature, 0, 1, 0), random.NextUniform())]++;

        double total = logits.Sum(x => Math.Exp(x / temperature));
        double chiSquare = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double expected = draws * Math.Exp(logits[i] / temperature) / total;
            chiSquare += Math.Pow(counts[i] - expected, 2) / expected;
        }

        Assert.True(chiSquare < 24.3, $"chi-square is {chiSquare}; .999 of 7 degrees of freedom is 24.3");
    }

    private static void AssertChoice(ILogitsKernel kernel, LogitsCase c, TokenSelection selection, double uniform)
    {
        Span<float> logits = c.Create();
        HashSet<int> choices = SamplingReference.Choices(SamplingReference.Usable(logits), selection, uniform);
        Assert.Contains(Choose(kernel, logits, selection, uniform), choices);
    }

    private static int Choose(ILogitsKernel kernel, ReadOnlySpan<float> logits, TokenSelection selection, double uniform) =>
        kernel.Choose(logits, selection, uniform, new ulong[logits.Length]);
}
