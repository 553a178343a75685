using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>A draft changes neither what is sampled how often nor, given a seed, what is sampled at all.</summary>
public sealed class DraftSamplingTests
{
    private const int Positions = 3;
    private const int Draws = 20_000;

    private static readonly int[] Prompt = SchedulerHarness.Prompt(8, 1);

    private static readonly SamplingParameters Sampling = new()
    {
        Temperature = 0.8f,
        TopK = 6,
        PresencePenalty = 1.5f,
        LogitBias = new Dictionary<int, float> { [7] = 0.5f, [FakeModel.EndToken] = -100 },
    };

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(2, 5)]
    public void Sampled_answers_have_the_distribution_of_the_model_whatever_the_draft(int first, int others)
    {
        Dictionary<(int, int, int), double> expected = Expected();
        int[] draft = DraftOfRanks(first, others);
        Dictionary<(int, int, int), int> observed = [];
        int reused = 0;
        int rejected = 0;
        using SchedulerHarness harness = new(prefixCache: false, isUncertain: true);
        for (ulong seed = 0; seed < Draws; seed++)
        {
            Sequence sequence = harness.Add(Prompt, Positions, sampling: Sampling with { Seed = seed }, draft: draft);
            harness.RunToEnd();
            List<int> answer = SchedulerHarness.Answer(sequence);
            (int, int, int) cell = (answer[0], answer[1], answer[2]);
            observed[cell] = observed.GetValueOrDefault(cell) + 1;
            reused += sequence.End.Result!.Draft!.Reused;
            rejected += sequence.End.Result.Draft.Verified - sequence.End.Result.Draft.Reused;
        }

        Assert.True(reused > 100 && rejected > 100, $"{reused} drafted tokens were accepted, {rejected} rejected");
        Assert.Empty(observed.Keys.Except(expected.Keys));
        AssertFits(expected, observed);
    }

    [Fact]
    public void With_a_seed_the_answer_is_the_same_as_without_a_draft()
    {
        using SchedulerHarness harness = new(prefixCache: false, isUncertain: true);
        for (ulong seed = 0; seed < 50; seed++)
        {
            SamplingParameters sampling = Sampling with { Seed = seed, TopK = 0, TopP = 0.9f, FrequencyPenalty = 0.3f };
            Sequence plain = harness.Add(Prompt, 40, sampling: sampling);
            harness.RunToEnd();
            int[] draft = [.. SchedulerHarness.Answer(plain)];
            draft[(int)seed % draft.Length] = 1;

            Sequence drafted = harness.Add(Prompt, 40, sampling: sampling, draft: draft);
            harness.RunToEnd();

            Assert.Equal(SchedulerHarness.Answer(plain), SchedulerHarness.Answer(drafted));
        }
    }

    /// <summary>The probability of every answer of three tokens, by the definitions of docs/sampling.md.</summary>
    private static Dictionary<(int, int, int), double> Expected()
    {
        Dictionary<(int, int, int), double> result = [];
        foreach ((int a, double pa) in Distribution([]))
        {
            foreach ((int b, double pb) in Distribution([a]))
            {
                foreach ((int c, double pc) in Distribution([a, b]))
                    result[(a, b, c)] = pa * pb * pc;
            }
        }

        return result;
    }

    private static List<(int Token, double Probability)> Distribution(int[] answer)
    {
        double[] logits = [.. FakeModel.LogitsAfter([.. Prompt, .. answer]).Select(logit => (double)logit)];
        foreach ((int token, float bias) in Sampling.LogitBias)
            logits[token] += bias;
        foreach (int token in answer.Distinct())
            logits[token] -= Sampling.PresencePenalty;
        int[] kept = [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token).Take(Sampling.TopK)];
        double total = kept.Sum(token => Math.Exp(logits[token] / Sampling.Temperature));
        return [.. kept.Select(token => (token, Math.Exp(logits[token] / Sampling.Temperature) / total))];
    }

    /// <summary>At every position the token of that rank, given the draft before it.</summary>
    private static int[] DraftOfRanks(int first, int others)
    {
        List<int> draft = [];
        for (int i = 0; i < Positions; i++)
            draft.Add(Distribution([.. draft])[i == 0 ? first : others].Token);
        return [.. draft];
    }

    /// <summary>Pearson's test; cells that expect fewer than five are taken together.</summary>
    private static void AssertFits(Dictionary<(int, int, int), double> expected, Dictionary<(int, int, int), int> observed)
    {
        double statistic = 0;
        int cells = 0;
        double rareExpected = 0;
        double rareObserved = 0;
        foreach (((int, int, int) cell, double probability) in expected)
        {
            double mean = probability * Draws;
            int count = observed.GetValueOrDefault(cell);
            if (mean < 5)
            {
                rareExpected += mean;
                rareObserved += count;
                continue;
            }

            statistic += (count - mean) * (count - mean) / mean;
            cells++;
        }

        if (rareExpected > 0)
        {
            statistic += (rareObserved - rareExpected) * (rareObserved - rareExpected) / rareExpected;
            cells++;
        }

        // Wilson and Hilferty's approximation of the 99.99 % point.
        double degrees = cells - 1;
        double spread = 2 / (9 * degrees);
        double critical = degrees * Math.Pow(1 - spread + (3.719 * Math.Sqrt(spread)), 3);
        Assert.True(statistic < critical, $"chi-square is {statistic} with {degrees} degrees of freedom; {critical} is the limit");
    }
}
