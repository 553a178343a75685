using CascadeLocal.Engine.Sampling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>The one pass over the logits, on every kernel.</summary>
public sealed class LogitsKernelSummaryTests
{
    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void The_summary_is_that_of_the_definition(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        LogitsCase.Any.Sample(c => AssertSummary(kernel, c.Create()), iter: 400, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Summaries_hold_at_the_largest_vocabulary(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        foreach (LogitsShape shape in Enum.GetValues<LogitsShape>())
            AssertSummary(kernel, new LogitsCase(152_064, shape, 5).Create());
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void A_rising_maximum_in_every_block_loses_no_mass(string name)
    {
        float[] logits = new float[20_000];
        for (int i = 0; i < logits.Length; i++)
            logits[i] = i * 0.001f;
        AssertSummary(Kernels.Get(name), logits);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Equal_logits_give_the_entropy_of_the_uniform_distribution_and_the_lowest_id(string name)
    {
        float[] logits = new float[49_152];
        LogitsSummary summary = Kernels.Get(name).Summarize(logits);
        Assert.Equal(0, summary.Best);
        Assert.Equal(Math.Log(logits.Length), summary.Entropy, 1e-6);
        TokenSignals signals = summary.SignalsOf(0);
        Assert.Equal(0, signals.Margin);
        Assert.Equal(-Math.Log(logits.Length), signals.LogProbability, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Nothing_possible_is_reported_as_no_token(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        foreach (int size in new[] { 1, 17, 5000 })
        {
            float[] logits = new float[size];
            Array.Fill(logits, float.NegativeInfinity);
            logits[size / 2] = float.NaN;
            Assert.Equal(-1, kernel.Summarize(logits).Best);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Signals_are_finite_for_a_single_possible_token(string name)
    {
        float[] logits = [float.NegativeInfinity, 3, float.NaN];
        LogitsSummary summary = Kernels.Get(name).Summarize(logits);
        TokenSignals signals = summary.SignalsOf(logits[summary.Best]);
        Assert.Equal(0, signals.LogProbability);
        Assert.Equal(0, signals.Entropy, 1e-30);
        Assert.Equal(float.MaxValue, signals.Margin);
    }

    private static void AssertSummary(ILogitsKernel kernel, ReadOnlySpan<float> logits)
    {
        double[] usable = SamplingReference.Usable(logits);
        int[] ranked = SamplingReference.Ranked(usable);
        LogitsSummary summary = kernel.Summarize(logits);
        Assert.Equal(ranked.Length == 0 ? -1 : ranked[0], summary.Best);
        if (ranked.Length == 0)
            return;
        Assert.Equal(usable[ranked[0]], summary.BestLogit);
        Assert.Equal(ranked.Length == 1 ? double.NegativeInfinity : usable[ranked[1]], summary.SecondLogit);
        Assert.Equal(SamplingReference.Entropy(usable), summary.Entropy, 1e-5);

        foreach (int token in new[] { ranked[0], ranked[ranked.Length / 2], ranked[^1] })
        {
            double expected = Math.Max(SamplingReference.LogProbability(usable, token), -float.MaxValue);
            Assert.Equal(expected, summary.SignalsOf(logits[token]).LogProbability, 1e-5 * Math.Max(1, Math.Abs(expected)));
        }
    }
}
