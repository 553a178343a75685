using CascadeLocal.Engine.Scheduling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>How many tokens a step takes beside decodes, by given times.</summary>
public sealed class PrefillPacerTests
{
    private const int Parallel = 8;
    private const int Budget = 128;

    private static readonly Gen<(int Decodes, int Others, double Seconds)[]> Histories = Gen.Select(
        Gen.Int[0, Parallel], Gen.Frequency((1, Gen.Const(0)), (2, Gen.Int[0, Budget])), Gen.Double[1e-6, 10]).Array[0, 60];

    [Fact]
    public void Whatever_was_measured_a_chunk_is_neither_below_the_floor_nor_above_the_budget()
    {
        Gen.Select(Histories, Gen.Int[1, 600], Gen.Double[1.01, 100], Gen.Int[1, Parallel]).Sample((history, budget, slowdown, decodes) =>
        {
            PrefillPacer pacer = new(Parallel, budget, slowdown);
            foreach ((int beside, int others, double seconds) in history)
                pacer.Observe(beside, others, seconds);

            int tokens = pacer.TokensBeside(decodes);

            if (tokens != 0)
                Assert.InRange(tokens, Math.Min(PrefillPacer.LeastTokens, budget), budget);
        });
    }

    [Fact]
    public void A_chunk_grows_with_the_slowdown_and_the_step_and_shrinks_with_the_time_of_a_token()
    {
        Gen.Select(Gen.Double[1.01, 20], Gen.Double[1e-3, 1], Gen.Double[1e-5, 1], Gen.Double[1, 5]).Sample((slowdown, step, token, factor) =>
        {
            int tokens = Measured(slowdown, step, token).TokensBeside(Parallel);

            Assert.True(Measured(1 + ((slowdown - 1) * factor), step, token).TokensBeside(Parallel) >= tokens);
            Assert.True(Measured(slowdown, step * factor, token).TokensBeside(Parallel) >= tokens);
            Assert.True(Measured(slowdown, step, token * factor).TokensBeside(Parallel) <= tokens);
        });
    }

    [Theory]
    [InlineData(0.05, 0.004, 0.000, 18)] // a small model on a CPU: 1.5 * 50 / 4
    [InlineData(0.05, 0.004, 0.020, 13)] // the same where a chunk costs something whatever its length: (75 - 20) / 4
    [InlineData(0.01, 0.000001, 0.000, 128)] // a GPU that does not notice the prompt
    [InlineData(0.01, 0.05, 0.000, 4)] // a single token takes more than there is
    public void Steps_come_to_last_the_multiple_of_one_without_a_prompt(double step, double token, double chunk, int expected)
    {
        PrefillPacer pacer = new(Parallel, Budget, slowdown: 2.5);
        Random random = new(1);
        List<int> chosen = [];
        for (int i = 0; i < 200; i++)
        {
            int tokens = pacer.TokensBeside(Parallel);
            double seconds = step + (tokens > 0 ? chunk + (tokens * token) : 0);
            // A step in twenty is held up by something else.
            pacer.Observe(Parallel, tokens, seconds * (random.Next(20) == 0 ? 8 : 1));
            chosen.Add(tokens);
        }

        Assert.All(chosen.Skip(50).Where(tokens => tokens > 0), tokens =>
            Assert.InRange(tokens, Math.Max(PrefillPacer.LeastTokens, expected - 4), expected));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0.2)]
    public void A_machine_that_becomes_slower_or_faster_is_followed(double factor)
    {
        PrefillPacer pacer = Measured(slowdown: 2.5, step: 0.05, token: 0.004);
        int before = Next(pacer, 1);
        for (int i = 0; i < 100; i++)
            Next(pacer, factor);

        Assert.Equal(before, Next(pacer, factor));

        static int Next(PrefillPacer pacer, double factor)
        {
            int tokens = pacer.TokensBeside(Parallel);
            pacer.Observe(Parallel, tokens, factor * (0.05 + (tokens * 0.004)));
            return tokens > 0 ? tokens : Next(pacer, factor);
        }
    }

    [Fact]
    public void The_first_step_and_one_in_seventeen_go_without_a_prompt()
    {
        PrefillPacer pacer = new(Parallel, Budget, slowdown: 2.5);
        List<int> bare = [];
        for (int i = 0; i < 100; i++)
        {
            int tokens = pacer.TokensBeside(3);
            pacer.Observe(3, tokens, 0.01 + (tokens * 0.001));
            if (tokens == 0)
                bare.Add(i);
        }

        Assert.Equal([0, 17, 34, 51, 68, 85], bare);
    }

    [Fact]
    public void A_step_without_a_prompt_that_cannot_be_had_starves_nobody()
    {
        // Prompts of which one token is left come into every step.
        PrefillPacer pacer = new(Parallel, Budget, slowdown: 2.5);
        int moved = 0;
        for (int i = 0; i < 100; i++)
        {
            int tokens = pacer.TokensBeside(3);
            pacer.Observe(3, tokens + 1, 0.01);
            moved += tokens;
        }

        Assert.InRange(moved, 90 * PrefillPacer.LeastTokens, int.MaxValue);
    }

    [Fact]
    public void Of_another_number_of_decodes_a_step_is_taken_for_the_least_that_it_can_be()
    {
        PrefillPacer pacer = Measured(slowdown: 2.5, step: 0.08, token: 0.002, decodes: 4);

        Assert.Equal(60, pacer.TokensBeside(4)); // 1.5 * 80 / 2
        Assert.Equal(60, pacer.TokensBeside(8)); // at least as long
        Assert.Equal(28, pacer.TokensBeside(2)); // at least half as long: 30
    }

    [Fact]
    public void A_chunk_at_most_doubles_from_one_step_to_the_next()
    {
        PrefillPacer pacer = new(Parallel, Budget, slowdown: 2.5);
        List<int> chosen = [];
        for (int i = 0; i < 8; i++)
        {
            int tokens = pacer.TokensBeside(1);
            pacer.Observe(1, tokens, 0.01);
            chosen.Add(tokens);
        }

        Assert.Equal([0, 4, 8, 16, 32, 64, 128, 128], chosen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void A_slowdown_that_leaves_no_time_is_refused(double slowdown) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrefillPacer(Parallel, Budget, slowdown));

    private static PrefillPacer Measured(double slowdown, double step, double token, int decodes = Parallel)
    {
        PrefillPacer pacer = new(Parallel, Budget, slowdown);
        pacer.Observe(decodes, 0, step);
        for (int i = 0; i < 9; i++)
            pacer.Observe(decodes, 64, step + (64 * token));
        return pacer;
    }
}
