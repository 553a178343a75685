using System.Runtime.InteropServices;

using CascadeLocal.Engine.Sampling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>Bias, penalties, bans and seeds of one sequence.</summary>
public sealed class TokenSamplerTests
{
    private static readonly SamplingParameters Everything = new()
    {
        Temperature = 0.9f,
        TopP = 0.95f,
        TopK = 40,
        MinP = 0.01f,
        RepetitionPenalty = 1.3f,
        FrequencyPenalty = 0.5f,
        PresencePenalty = 0.25f,
        LogitBias = new Dictionary<int, float> { [3] = 2, [5] = -100 },
        Seed = 7,
    };

    [Fact]
    public void The_repetition_penalty_counts_prompt_and_answer_and_divides_or_multiplies()
    {
        SamplingParameters parameters = SamplingParameters.Greedy with { RepetitionPenalty = 2 };
        Assert.Equal(1, First(parameters, [4, 3, 0], prompt: [0])); // 4 / 2 < 3
        Assert.Equal(1, First(parameters, [-2, -3, -9], prompt: [0])); // -2 * 2 < -3
        Assert.Equal(0, First(parameters, [4, 3, 0], prompt: [1])); // in the prompt but not the best

        TokenSampler sampler = new(parameters, 3, [], []);
        Assert.Equal(0, Next(sampler, [4, 3, 0]));
        sampler.Accept(0);
        Assert.Equal(1, Next(sampler, [4, 3, 0]));
    }

    [Fact]
    public void The_repetition_penalty_does_not_grow_with_repetitions()
    {
        TokenSampler sampler = new(SamplingParameters.Greedy with { RepetitionPenalty = 2 }, 2, [0, 0, 0], []);
        sampler.Accept(0);
        Assert.Equal(0, Next(sampler, [4, 1.9f])); // 4 / 2, not 4 / 16
    }

    [Fact]
    public void The_frequency_penalty_counts_every_time_in_the_answer_only()
    {
        TokenSampler sampler = new(SamplingParameters.Greedy with { FrequencyPenalty = 1 }, 2, [0, 0, 0, 0], []);
        Assert.Equal(0, Next(sampler, [2.5f, 1]));
        sampler.Accept(0);
        Assert.Equal(0, Next(sampler, [2.5f, 1])); // 1.5
        sampler.Accept(0);
        Assert.Equal(1, Next(sampler, [2.5f, 1])); // 0.5
    }

    [Fact]
    public void The_presence_penalty_counts_once_and_the_answer_only()
    {
        TokenSampler sampler = new(SamplingParameters.Greedy with { PresencePenalty = 1 }, 2, [0], []);
        Assert.Equal(0, Next(sampler, [2.5f, 2]));
        sampler.Accept(0);
        Assert.Equal(1, Next(sampler, [2.5f, 2])); // 1.5
        sampler.Accept(0);
        Assert.Equal(0, Next(sampler, [2.5f, 1])); // still 1.5
    }

    [Fact]
    public void The_bias_comes_before_the_penalties()
    {
        SamplingParameters parameters = SamplingParameters.Greedy with
        {
            RepetitionPenalty = 2,
            LogitBias = new Dictionary<int, float> { [0] = 4 },
        };
        Assert.Equal(1, First(parameters, [2, 3.5f], prompt: [0])); // (2 + 4) / 2, not 2 / 2 + 4
    }

    [Theory]
    [InlineData(-100f)]
    [InlineData(-101f)]
    [InlineData(float.NegativeInfinity)]
    public void A_bias_of_minus_100_or_less_bans(float bias)
    {
        SamplingParameters parameters = SamplingParameters.Greedy with { LogitBias = new Dictionary<int, float> { [0] = bias } };
        Assert.Equal(1, First(parameters, [1000, 0]));
    }

    [Fact]
    public void Banned_tokens_are_never_chosen() => Assert.Equal(2, First(SamplingParameters.Greedy, [9, 8, 7], banned: [0, 1]));

    [Fact]
    public void Banning_everything_is_an_error_and_leaves_the_logits_as_they_were()
    {
        TokenSampler sampler = new(SamplingParameters.Greedy, 2, [], [0, 1]);
        float[] logits = [1, 2];
        Assert.Throws<NoTokenLeftException>(() => sampler.Sample(logits, new LogitsWorkspace(2)));
        Assert.Equal([1, 2], logits);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_an_error()
    {
        TokenSampler sampler = new(new SamplingParameters(), 3, [], []);
        Assert.Throws<NoTokenLeftException>(
            () => sampler.Sample(new[] { float.NaN, float.NaN, float.NegativeInfinity }, new LogitsWorkspace(3)));
    }

    [Fact]
    public void Signals_come_from_the_raw_logits()
    {
        SamplingParameters parameters = Everything with { Temperature = 0, LogitBias = new Dictionary<int, float> { [0] = 50 } };
        TokenSampler sampler = new(parameters, 3, [0, 1, 2], []);
        SampledToken sampled = sampler.Sample(new float[] { 0, MathF.Log(2), 0 }, new LogitsWorkspace(3));
        Assert.Equal(0, sampled.Id);
        Assert.Equal(Math.Log(0.25), sampled.Signals.LogProbability, 1e-5);
        Assert.Equal(1.5 * Math.Log(2), sampled.Signals.Entropy, 1e-5);
        Assert.Equal(Math.Log(2), sampled.Signals.Margin, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void The_logits_are_restored_bit_for_bit(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        LogitsCase.Any.Where(c => c.Size > 5).Sample(
            c =>
            {
                Span<float> logits = c.Create();
                logits[3] = BitConverter.UInt32BitsToSingle(0xFFA12345); // a NaN with a payload
                logits[4] = 1; // one token is always possible
                byte[] before = MemoryMarshal.AsBytes(logits).ToArray();
                TokenSampler sampler = new(Everything, c.Size, [0, 3, 3], [2]);
                LogitsWorkspace workspace = new(c.Size, kernel);
                for (int i = 0; i < 3; i++)
                {
                    sampler.Accept(sampler.Sample(logits, workspace).Id);
                    Assert.True(MemoryMarshal.AsBytes(logits).SequenceEqual(before));
                }
            },
            iter: 100,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Kernels.Names), MemberType = typeof(Kernels))]
    public void Sampling_and_accepting_allocate_nothing(string name)
    {
        ILogitsKernel kernel = Kernels.Get(name);
        Span<float> logits = new LogitsCase(4097, LogitsShape.Normal, 1).Create();
        LogitsWorkspace workspace = new(logits.Length, kernel);
        foreach (SamplingParameters parameters in new[] { SamplingParameters.Greedy, new() { TopP = 0.9f }, new(), Everything })
        {
            TokenSampler sampler = new(parameters, logits.Length, [1, 2, 3], [4]);
            sampler.Accept(sampler.Sample(logits, workspace).Id);

            // The runtime itself allocates a little on this thread when it recompiles a method that has become hot; what
            // sampling allocates would show in every round.
            long least = long.MaxValue;
            for (int round = 0; round < 5; round++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 60; i++)
                    sampler.Accept(sampler.Sample(logits, workspace).Id);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_does_not()
    {
        Assert.Equal(Draws(1), Draws(1));
        Assert.NotEqual(Draws(1), Draws(2));
        Assert.NotEqual(Draws(null), Draws(null));
    }

    [Fact]
    public void Native_and_managed_draw_the_same_tokens()
    {
        ILogitsKernel native = Kernels.Get($"native {NativeLogitsLibrary.Instance?.BestLevel ?? NativeLevel.Scalar}".ToLowerInvariant());
        Assert.Equal(Draws(9, new ManagedLogitsKernel()), Draws(9, native));
    }

    [Theory]
    [InlineData(0f, 0, true)]
    [InlineData(1f, 1, true)]
    [InlineData(1f, 0, false)]
    [InlineData(0.1f, 2, false)]
    public void Greedy_is_a_temperature_of_0_or_a_top_k_of_1(float temperature, int topK, bool greedy)
    {
        TokenSampler sampler = new(new SamplingParameters { Temperature = temperature, TopK = topK }, 8, [], []);
        Assert.Equal(greedy, sampler.IsGreedy);
    }

    [Fact]
    public void Bad_settings_and_tokens_outside_the_vocabulary_are_refused()
    {
        SamplingParameters[] bad =
        [
            new() { Temperature = -1 }, new() { Temperature = float.NaN }, new() { Temperature = float.PositiveInfinity },
            new() { TopK = -1 }, new() { TopP = 1.1f }, new() { TopP = float.NaN }, new() { MinP = -0.1f },
            new() { RepetitionPenalty = 0 }, new() { FrequencyPenalty = float.NaN }, new() { PresencePenalty = float.NegativeInfinity },
            new() { LogitBias = new Dictionary<int, float> { [8] = 1 } }, new() { LogitBias = new Dictionary<int, float> { [0] = float.NaN } },
        ];
        foreach (SamplingParameters parameters in bad)
            Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(parameters, 8, [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingParameters(), 8, [-1], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(new SamplingParameters(), 8, [], [8]));
    }

    private static int[] Draws(ulong? seed, ILogitsKernel? kernel = null)
    {
        Span<float> logits = new LogitsCase(512, LogitsShape.Normal, 3).Create();
        LogitsWorkspace workspace = new(512, kernel ?? new ManagedLogitsKernel());
        TokenSampler sampler = new(Everything with { Seed = seed, TopK = 0, TopP = 1 }, 512, [], []);
        int[] tokens = new int[100];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = sampler.Sample(logits, workspace).Id;
            sampler.Accept(tokens[i]);
        }

        return tokens;
    }

    private static int First(SamplingParameters parameters, float[] logits, int[]? prompt = null, int[]? banned = null) =>
        Next(new TokenSampler(parameters, logits.Length, prompt ?? [], banned ?? []), logits);

    private static int Next(TokenSampler sampler, float[] logits) => sampler.Sample(logits, new LogitsWorkspace(logits.Length)).Id;
}
