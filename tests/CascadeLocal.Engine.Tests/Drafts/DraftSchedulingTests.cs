using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>What a draft saves, and that it changes nothing else; every step's tables are checked.</summary>
public sealed class DraftSchedulingTests
{
    private const int MaxTokens = 80;

    private static readonly int[] Prompt = EndlessPrompt();
    private static readonly int[] Right = [.. FakeModel.Answer(Prompt, MaxTokens)];

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_right_draft_is_verified_in_chunks_that_double(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout);
        Sequence sequence = harness.Add(Prompt, MaxTokens, draft: Right);

        harness.RunToEnd();

        // One token from the prompt, then 8 + 1, 16 + 1 and 32 + 1; 20 are left, of which the last needs no evaluation.
        Assert.Equal([0, 8, 16, 32, 19], harness.Steps.Select(step => step.DraftTokens));
        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        AssertDraft(sequence, given: MaxTokens, verified: 75, reused: 75);
        Assert.Equal((75, 75), (harness.Scheduler.Counters.DraftTokensVerified, harness.Scheduler.Counters.DraftTokensReused));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_token_that_is_wrong_costs_its_chunk_and_the_answer_goes_on_from_there(KvLayout layout)
    {
        for (int wrong = 0; wrong < MaxTokens; wrong++)
        {
            using SchedulerHarness harness = new(layout);
            int[] draft = [.. Right];
            draft[wrong] = 1 + (draft[wrong] % (FakeModel.Vocabulary - 1));
            Sequence sequence = harness.Add(Prompt, MaxTokens, draft: draft);

            harness.RunToEnd();

            Assert.Equal(Right, SchedulerHarness.Answer(sequence));
            (int verified, int reused) = Cost(wrong);
            AssertDraft(sequence, MaxTokens, verified, reused);
            Assert.Equal(MaxTokens - reused, harness.Steps.Count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(79)]
    public void A_draft_that_ends_early_is_reused_and_the_rest_decoded(int length)
    {
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(Prompt, MaxTokens, draft: Right[..length]);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        Assert.Equal(MaxTokens - sequence.End.Result!.Draft!.Reused, harness.Steps.Count);
        Assert.Equal(sequence.End.Result.Draft.Verified, sequence.End.Result.Draft.Reused);
    }

    [Fact]
    public void A_draft_is_no_longer_than_the_answer_may_be()
    {
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(Prompt, 5, draft: Right);

        harness.RunToEnd();

        Assert.Equal(Right[..5], SchedulerHarness.Answer(sequence));
        Assert.Equal(FinishReason.Length, sequence.End.Result!.FinishReason);
        AssertDraft(sequence, MaxTokens, verified: 3, reused: 3);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(FakeModel.Vocabulary)]
    [InlineData(int.MaxValue)]
    [InlineData(FakeModel.EndToken)]
    public void A_draft_ends_before_what_cannot_stand_within_an_answer(int token)
    {
        using SchedulerHarness harness = new();
        int[] draft = [.. Right];
        draft[5] = token;
        Sequence sequence = harness.Add(Prompt, MaxTokens, draft: draft);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        AssertDraft(sequence, MaxTokens, verified: 4, reused: 4);
    }

    [Fact]
    public void The_end_of_the_answer_is_found_within_the_draft()
    {
        int[] prompt = Enumerable.Range(0, 10_000).Select(seed => SchedulerHarness.Prompt(8, seed))
            .First(prompt => FakeModel.Answer(prompt, MaxTokens).Count is > 5 and < 9);
        int[] answer = [.. FakeModel.Answer(prompt, MaxTokens)];
        using SchedulerHarness harness = new();
        Sequence whole = harness.Add(prompt, MaxTokens, draft: answer);
        Sequence missesTheEnd = harness.Add(prompt, MaxTokens, draft: [.. answer[..^1], .. SchedulerHarness.Prompt(20, 1)]);

        harness.RunToEnd();

        foreach (Sequence sequence in new[] { whole, missesTheEnd })
        {
            Assert.Equal(answer, SchedulerHarness.Answer(sequence));
            Assert.Equal(FinishReason.Stop, sequence.End.Result!.FinishReason);
        }
    }

    [Fact]
    public void Where_the_end_is_ignored_a_draft_that_ends_is_left_there()
    {
        int[] prompt = Enumerable.Range(0, 10_000).Select(seed => SchedulerHarness.Prompt(8, seed))
            .First(prompt => FakeModel.Answer(prompt, MaxTokens).Count == 6);
        int[] answer = [.. FakeModel.Answer(prompt, MaxTokens)];
        using SchedulerHarness harness = new(prefixCache: false);
        Sequence plain = harness.Add(prompt, MaxTokens, ignoreEnd: true);
        harness.RunToEnd();
        Sequence drafted = harness.Add(prompt, MaxTokens, ignoreEnd: true, draft: [.. answer, .. answer]);

        harness.RunToEnd();

        Assert.Equal(SchedulerHarness.Answer(plain), SchedulerHarness.Answer(drafted));
        AssertDraft(drafted, 12, verified: 4, reused: 4);
    }

    [Fact]
    public void A_stop_string_within_the_draft_ends_the_answer_as_it_does_without()
    {
        using SchedulerHarness harness = new(prefixCache: false);
        string text = string.Concat(Right.Select(token => (char)(' ' + (token % 95))));
        string stop = text.Substring(20, 4);
        Sequence plain = harness.Add(Prompt, MaxTokens, stop: stop);
        Sequence drafted = harness.Add(Prompt, MaxTokens, stop: stop, draft: Right);

        harness.RunToEnd();

        Assert.Equal(SchedulerHarness.Answer(plain), SchedulerHarness.Answer(drafted));
        Assert.Equal(plain.Text.Length, drafted.Text.Length);
        Assert.Equal((FinishReason.Stop, stop), (drafted.End.Result!.FinishReason, drafted.End.Result.StopString));
        Assert.True(drafted.OutputTokens < MaxTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Penalties_count_what_stands_before_each_position(KvLayout layout)
    {
        SamplingParameters sampling = SamplingParameters.Greedy with
        {
            RepetitionPenalty = 1.1f,
            FrequencyPenalty = 0.2f,
            PresencePenalty = 0.3f,
            LogitBias = new Dictionary<int, float> { [7] = 0.5f },
        };
        using SchedulerHarness harness = new(layout, prefixCache: false, isUncertain: true);
        Sequence plain = harness.Add(Prompt, MaxTokens, ignoreEnd: true, sampling: sampling);
        harness.RunToEnd();
        int[] answer = [.. SchedulerHarness.Answer(plain)];
        Sequence unpenalized = harness.Add(Prompt, MaxTokens, ignoreEnd: true);
        harness.RunToEnd();

        Sequence right = harness.Add(Prompt, MaxTokens, ignoreEnd: true, sampling: sampling, draft: answer);
        Sequence wrong = harness.Add(
            Prompt, MaxTokens, ignoreEnd: true, sampling: sampling, draft: [.. SchedulerHarness.Answer(unpenalized)]);
        harness.RunToEnd();

        Assert.NotEqual(answer, SchedulerHarness.Answer(unpenalized));
        Assert.Equal(answer, SchedulerHarness.Answer(right));
        Assert.Equal(answer, SchedulerHarness.Answer(wrong));
        Assert.Equal(1, right.End.Result!.Draft!.AcceptedShare);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Drafts_prompts_and_decodes_share_a_step_within_its_budget(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 4, prefillBudget: 10);
        Sequence[] sequences =
        [
            harness.Add(Prompt, MaxTokens, draft: Right),
            harness.Add(Prompt, MaxTokens),
            harness.Add(Prompt, MaxTokens, draft: SchedulerHarness.Prompt(60, 3)),
        ];
        harness.Step();
        Sequence late = harness.Add(SchedulerHarness.Prompt(100, 5), 3);

        harness.RunToEnd();

        Assert.All(sequences, sequence => Assert.Equal(Right, SchedulerHarness.Answer(sequence)));
        Assert.Equal(FakeModel.Answer(SchedulerHarness.Prompt(100, 5), 3), SchedulerHarness.Answer(late));
        Assert.All(harness.Steps.Skip(1), step => Assert.InRange(step.DraftTokens + step.PrefillTokens, 0, 11));
        Assert.Contains(harness.Steps, step => step is { DraftTokens: > 0, PrefillTokens: > 0, DecodeTokens: 3 });
    }

    [Fact]
    public void A_draft_waits_for_cells_and_takes_none_from_a_running_request()
    {
        // The 32 tokens of the third chunk would be more than the cells that are left, until the other request has ended.
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 2, contextLength: 128, cells: 90, prefixCache: false);
        Sequence plain = harness.Add(Prompt, 31, salt: "other");
        for (int step = 0; plain.OutputTokens < 24; step++)
        {
            Assert.True(step < 1_000, "no 24 tokens after 1,000 steps");
            harness.Step();
        }

        harness.Steps.Clear();
        Sequence drafted = harness.Add(Prompt, 60, draft: Right);

        harness.RunToEnd();

        // The prompt takes two steps: in the first it is not known yet that it costs nothing.
        Assert.Equal([0, 0, 8, 16, 0, 0, 0, 29], harness.Steps.Select(step => step.DraftTokens));
        Assert.Equal(Right[..31], SchedulerHarness.Answer(plain));
        Assert.Equal(Right[..60], SchedulerHarness.Answer(drafted));
        Assert.Equal(0, harness.Scheduler.Counters.Preemptions);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_cancelled_request_leaves_nothing_of_its_draft(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 2);
        Sequence cancelled = harness.Add(Prompt, MaxTokens, draft: Right);
        harness.Step();
        harness.Step();
        Assert.Equal(10, cancelled.OutputTokens);
        cancelled.RequestCancel();
        harness.Step();

        Sequence again = harness.Add(Prompt, MaxTokens);
        harness.RunToEnd();

        Assert.Equal(FinishReason.Cancelled, cancelled.End.Result!.FinishReason);
        Assert.Equal(Right, SchedulerHarness.Answer(again));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_memory_that_cannot_be_cut_ignores_drafts(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, canCut: false);
        int[] wrong = [.. Right[..5], .. SchedulerHarness.Prompt(20, 9)];
        Sequence first = harness.Add(Prompt, MaxTokens, draft: wrong);
        Sequence second = harness.Add(Prompt, MaxTokens, draft: Right);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(first));
        Assert.Equal(Right, SchedulerHarness.Answer(second));
        AssertDraft(first, wrong.Length, verified: 0, reused: 0);
        AssertDraft(second, MaxTokens, verified: 0, reused: 0);
    }

    [Fact]
    public void Without_a_draft_nothing_is_reported()
    {
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(Prompt, 3);

        harness.RunToEnd();

        Assert.Null(sequence.End.Result!.Draft);
    }

    /// <summary>What a draft costs whose first wrong token is at <paramref name="wrong"/>.</summary>
    private static (int Verified, int Reused) Cost(int wrong)
    {
        int verified = 0;
        int reused = 0;
        int known = 1;
        for (int chunk = Draft.FirstChunk; known <= wrong; chunk *= 2)
        {
            int length = Math.Min(chunk, MaxTokens - 1 - known);
            int right = Math.Min(length, wrong - known);
            verified += length;
            reused += right;
            known += right + 1;
            if (right < length)
                break;
        }

        return (verified, reused);
    }

    private static void AssertDraft(Sequence sequence, int given, int verified, int reused)
    {
        DraftVerification draft = sequence.End.Result!.Draft!;
        Assert.Equal((given, verified, reused), (draft.Given, draft.Verified, draft.Reused));
        Assert.Equal(verified > 0, draft.Time > TimeSpan.Zero);
        Assert.True(draft.Time <= sequence.End.Result.EndToEnd);
    }

    private static int[] EndlessPrompt() => Enumerable.Range(0, 10_000).Select(seed => SchedulerHarness.Prompt(8, seed))
        .First(prompt => FakeModel.Answer(prompt, MaxTokens).Count == MaxTokens && !FakeModel.Answer(prompt, MaxTokens).Contains(FakeModel.EndToken));
}
