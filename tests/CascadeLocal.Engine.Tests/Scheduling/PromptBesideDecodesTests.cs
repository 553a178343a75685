using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Scheduling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>A long prompt beside running decodes, on a model whose steps take a given time.</summary>
public sealed class PromptBesideDecodesTests
{
    private const int Streams = 8;
    private const int PromptLength = 2048;

    private static readonly TimeSpan Decode = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan Prefill = TimeSpan.FromMilliseconds(4);

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_decode_gets_its_token_in_time_and_the_prompt_takes_less_than_twice_as_long_as_alone(KvLayout layout)
    {
        using SchedulerHarness harness = Start(layout);
        harness.Add(SchedulerHarness.Prompt(PromptLength, 99), 1);
        harness.RunToEnd();
        TimeSpan alone = harness.Now;
        Sequence[] streams = [.. Enumerable.Range(0, Streams).Select(i => harness.Add(SchedulerHarness.Prompt(8, i), 400, ignoreEnd: true))];
        while (harness.Steps[^1].DecodeTokens < Streams)
            harness.Step();
        harness.Steps.Clear();

        TimeSpan began = harness.Now;
        Sequence prompt = harness.Add(SchedulerHarness.Prompt(PromptLength, 100), 1);
        List<TimeSpan> steps = [];
        while (prompt.OutputTokens == 0)
        {
            int[] before = [.. streams.Select(stream => stream.OutputTokens)];
            TimeSpan start = harness.Now;
            harness.Step();
            steps.Add(harness.Now - start);
            Assert.Equal(before.Select(tokens => tokens + 1), streams.Select(stream => stream.OutputTokens));
        }

        Assert.All(steps, step => Assert.InRange(step, Streams * Decode, 2.5 * Streams * Decode));
        Assert.InRange((harness.Now - began) / alone, 1, 2);
        harness.RunToEnd();
        Assert.Equal(FakeModel.Answer([.. prompt.Known[..PromptLength]], 1), SchedulerHarness.Answer(prompt));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_request_alone_is_evaluated_in_the_same_batches_whatever_steps_took_before(KvLayout layout)
    {
        Gen.Double[0, 50].Array[64].Sample(
            times =>
            {
                using SchedulerHarness harness = new(layout, contextLength: 1024, prefixCache: false);
                int step = 0;
                harness.StepTime = _ => TimeSpan.FromMilliseconds(times[step++ % times.Length]);
                for (int i = 0; i < 3; i++)
                    harness.Add(SchedulerHarness.Prompt(40 * (i + 1), i), 30, draft: i == 1 ? SchedulerHarness.Prompt(20, 5) : null);
                harness.RunToEnd();
                harness.Steps.Clear();
                int[] prompt = SchedulerHarness.Prompt(600, 9);
                int[] draft = [.. FakeModel.Answer(prompt, 60)];
                Sequence alone = harness.Add(prompt, 60, draft: draft);

                harness.RunToEnd();

                Assert.Equal([128, 128, 128, 128, 88], harness.Steps.Take(5).Select(done => done.PrefillTokens));
                Assert.Equal(draft, SchedulerHarness.Answer(alone));
            },
            iter: 50, threads: 1);
    }

    [Fact]
    public void Drafts_of_all_have_the_whole_budget()
    {
        using SchedulerHarness harness = Start(KvLayout.Streams);
        int[][] prompts = [.. Enumerable.Range(0, 4).Select(i => SchedulerHarness.Prompt(8, 70 + i))];
        Sequence[] sequences = [.. prompts.Select(prompt => harness.Add(prompt, 40, draft: [.. FakeModel.Answer(prompt, 40)], ignoreEnd: true))];

        harness.Step();
        harness.Step();

        Assert.All(sequences, sequence => Assert.True(sequence.OutputTokens > 1));
        Assert.Equal(harness.Scheduler.Counters.DraftTokensVerified, harness.Steps[1].DraftTokens);
        Assert.True(harness.Steps[1].DraftTokens > 4 * PrefillPacer.LeastTokens);
    }

    private static SchedulerHarness Start(KvLayout layout) => new(layout, parallel: Streams + 1, prefixCache: false) { StepTime = Time };

    /// <summary>By token, a decoded one (with logits) for more than one of a prompt.</summary>
    private static TimeSpan Time(StepBatch batch)
    {
        int decoded = batch.Logits.Count((byte)1);
        return (decoded * Decode) + ((batch.Count - decoded) * Prefill);
    }
}
