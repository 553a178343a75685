using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>
/// A decode that fails in mid-step leaves the cells of what it had done. Whoever comes next must see none of them: the
/// model throws where a batch does not begin right behind what it holds.
/// </summary>
public sealed class FailedStepTests
{
    private const int Parallel = 4;

    /// <summary>Both layouts, what llama_decode answers (null: it throws), and how many tokens of the batch it has stored.</summary>
    public static TheoryData<KvLayout, int?, int> Failures
    {
        get
        {
            TheoryData<KvLayout, int?, int> failures = [];
            foreach (KvLayout layout in (KvLayout[])[KvLayout.Streams, KvLayout.Unified])
            foreach (int? status in (int?[])[2, -1, -2, -3, null])
            foreach (int stored in (int[])[0, 1, 7, int.MaxValue])
                failures.Add(layout, status, stored);
            return failures;
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void After_a_failed_prefill_the_slot_is_empty(KvLayout layout, int? status, int stored)
    {
        using SchedulerHarness harness = new(layout, Parallel, prefillBudget: 16);
        Sequence lost = harness.Add(SchedulerHarness.Prompt(60, 1), 10);

        Fail(harness, status, stored);

        AssertFailed(lost);
        AssertNothingIsLeft(harness);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void After_a_failed_decode_the_slots_are_empty_idle_prefixes_too(KvLayout layout, int? status, int stored)
    {
        using SchedulerHarness harness = new(layout, Parallel);
        harness.Add(SchedulerHarness.Prompt(50, 1), 5);
        harness.RunToEnd();
        Sequence[] lost = [.. Enumerable.Range(2, 3).Select(seed => harness.Add(SchedulerHarness.Prompt(40, seed), 50, ignoreEnd: true))];
        harness.Step();
        harness.Step();
        harness.Step();
        Assert.All(lost, sequence => Assert.True(sequence.OutputTokens > 0));

        Fail(harness, status, stored);

        Assert.All(lost, AssertFailed);
        AssertNothingIsLeft(harness);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void After_a_failed_verification_nothing_of_the_draft_is_left(KvLayout layout, int? status, int stored)
    {
        using SchedulerHarness harness = new(layout, Parallel);
        int[] prompt = SchedulerHarness.Prompt(20, 1);
        Sequence lost = harness.Add(prompt, 40, ignoreEnd: true, draft: [.. Enumerable.Repeat(5, 30)]);
        harness.Step();
        Assert.Equal(1, lost.OutputTokens);

        Fail(harness, status, stored);

        AssertFailed(lost);
        AssertNothingIsLeft(harness);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Requests_that_wait_are_answered_after_a_failed_step_as_ever(KvLayout layout, int? status, int stored)
    {
        using SchedulerHarness harness = new(layout, parallel: 1, prefillBudget: 16);
        Sequence lost = harness.Add(SchedulerHarness.Prompt(60, 1), 10);
        Sequence waiting = harness.Add(SchedulerHarness.Prompt(60, 1), 10);
        harness.Step();

        Fail(harness, status, stored);
        harness.RunToEnd();

        AssertFailed(lost);
        if (status is null)
            AssertFailed(waiting);
        else
            AssertAnswered(waiting);
    }

    /// <summary>Fewer cells than two sequences need: the younger waits with its answer half done when the older one fails.</summary>
    [Fact]
    public void A_preempted_request_goes_on_where_it_was_after_a_failed_step()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 2, contextLength: 128, cells: 128);
        int[][] prompts = [.. Enumerable.Range(1, 1000).Select(seed => SchedulerHarness.Prompt(40, seed))
            .Where(prompt => FakeModel.Answer(prompt, 80).Count == 80).Take(2)];
        Sequence older = harness.Add(prompts[0], 80);
        Sequence younger = harness.Add(prompts[1], 80);
        while (harness.Scheduler.Counters.Preemptions == 0)
            harness.Step();
        Assert.True(younger is { Slot: null, OutputTokens: > 0 });

        Fail(harness, (int)DecodeStatus.Aborted, stored: 1);
        harness.RunToEnd();

        AssertFailed(older);
        AssertAnswered(younger);
    }

    [Fact]
    public void The_cells_in_use_are_counted_anew_after_a_failed_step()
    {
        using SchedulerHarness harness = new();
        harness.Add(SchedulerHarness.Prompt(60, 1), 10, ignoreEnd: true);
        harness.Step();
        Assert.Equal(60, harness.Scheduler.Counters.CellsUsed);

        Fail(harness, (int)DecodeStatus.ComputeFailed, stored: 1);

        Assert.Equal(0, harness.Scheduler.Counters.CellsUsed);
    }

    [Fact]
    public void The_error_says_what_llama_decode_answered()
    {
        using SchedulerHarness harness = new();
        Sequence lost = harness.Add(SchedulerHarness.Prompt(60, 1), 10);

        Fail(harness, -2, stored: 0);

        Assert.Contains("60 tokens (AllocationFailed)", Error(lost).Message, StringComparison.Ordinal);
    }

    /// <summary>A step that fails, and what the decode thread does about it.</summary>
    private static void Fail(SchedulerHarness harness, int? status, int stored)
    {
        harness.Model.NextFailure = new FakeModel.DecodeFailure(stored, (DecodeStatus?)status);
        if (status is not null)
        {
            harness.Step();
        }
        else
        {
            InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(harness.Step);
            harness.Scheduler.FailAll(new EngineException("A decode step failed.", thrown));
        }

        Assert.Null(harness.Model.NextFailure);
        harness.Scheduler.CheckIntegrity();
    }

    private static void AssertNothingIsLeft(SchedulerHarness harness)
    {
        Assert.Equal(0, harness.Kv.CellsUsed);
        Assert.All(Enumerable.Range(0, Parallel), slot => Assert.Equal(-1, harness.Model.MaxPosition(slot)));

        // As many as there are slots, so that each of them is used.
        Sequence[] next = [.. Enumerable.Range(0, Parallel).Select(i => harness.Add(SchedulerHarness.Prompt(30, 20 + i), 20))];
        harness.RunToEnd();
        Assert.All(next, AssertAnswered);
        Assert.All(next, sequence => Assert.Equal(0, sequence.CachedTokens));
    }

    private static void AssertAnswered(Sequence sequence) => Assert.Equal(
        FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], sequence.Tokens.Length - sequence.PromptLength),
        SchedulerHarness.Answer(sequence));

    private static void AssertFailed(Sequence sequence) => Error(sequence);

    private static EngineException Error(Sequence sequence)
    {
        Assert.Null(sequence.Slot);
        return Assert.IsType<EngineException>(sequence.End.Failure);
    }
}
