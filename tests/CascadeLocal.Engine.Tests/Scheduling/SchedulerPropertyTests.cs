using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>Random schedules: whatever is added, cancelled and finished in whatever order, the tables hold.</summary>
public sealed class SchedulerPropertyTests
{
    private enum Action
    {
        Add,
        Cancel,
        Step,
    }

    private static readonly Gen<(Action Action, int Number)[]> Schedules = Gen.Select(
        Gen.Frequency((3, Gen.Const(Action.Add)), (1, Gen.Const(Action.Cancel)), (12, Gen.Const(Action.Step))),
        Gen.Int[0, int.MaxValue]).Array[10, 120];

    [Theory]
    [InlineData(KvLayout.Streams, 0)]
    [InlineData(KvLayout.Unified, 0)]
    [InlineData(KvLayout.Unified, 150)]
    public void A_random_schedule_with_drafts_keeps_the_invariants_and_every_answer(KvLayout layout, int cells)
    {
        Schedules.Sample(schedule => Run(schedule, layout, cells == 0 ? null : cells), iter: 1000, threads: 1);
    }

    [Theory]
    [InlineData(KvLayout.Streams, 0)]
    [InlineData(KvLayout.Unified, 0)]
    [InlineData(KvLayout.Unified, 150)]
    public void With_background_work_in_it_every_answer_that_somebody_waits_for_is_whole(KvLayout layout, int cells)
    {
        Schedules.Sample(schedule => Run(schedule, layout, cells == 0 ? null : cells, withBackground: true), iter: 300, threads: 1);
    }

    [Theory]
    [InlineData(KvLayout.Streams, 0)]
    [InlineData(KvLayout.Unified, 0)]
    [InlineData(KvLayout.Unified, 150)]
    public void Where_the_memory_cannot_be_cut_every_answer_is_the_same(KvLayout layout, int cells)
    {
        Schedules.Sample(schedule => Run(schedule, layout, cells == 0 ? null : cells, canCut: false), iter: 1000, threads: 1);
    }

    [Theory]
    [InlineData(KvLayout.Streams, 0, true, false)]
    [InlineData(KvLayout.Streams, 0, false, false)]
    [InlineData(KvLayout.Streams, 0, true, true)]
    [InlineData(KvLayout.Unified, 0, true, false)]
    [InlineData(KvLayout.Unified, 150, true, false)]
    [InlineData(KvLayout.Unified, 150, false, false)]
    [InlineData(KvLayout.Unified, 150, true, true)]
    public void With_a_small_store_of_evicted_prefixes_every_answer_is_the_same(KvLayout layout, int cells, bool canCut, bool hasWindow)
    {
        long restored = 0;
        Schedules.Sample(
            schedule =>
            {
                using PrefixStore store = new(capacity: 2_000);
                restored += Run(schedule, layout, cells == 0 ? null : cells, canCut: canCut, hasWindow: hasWindow, store: store);
                Assert.Equal(0, store.Bytes);
            },
            iter: 500,
            threads: 1);
        Assert.True(restored > 0);
    }

    private static long Run(
        (Action Action, int Number)[] schedule, KvLayout layout, int? cells, bool withBackground = false, bool canCut = true, PrefixStore? store = null,
        bool hasWindow = false)
    {
        using SchedulerHarness harness = new(
            layout, parallel: 4, contextLength: 128, cells, prefillBudget: 16, canCut: canCut, store: store, hasWindow: hasWindow);
        List<Sequence> sequences = [];
        foreach ((Action action, int number) in schedule)
        {
            if (action == Action.Add)
                sequences.Add(Add(harness, number, withBackground && number % 3 == 0 ? RequestPriority.Background : RequestPriority.Normal));
            else if (action == Action.Cancel && sequences.Count > 0)
                sequences[number % sequences.Count].RequestCancel();
            else
                harness.Step();
            Assert.InRange(store?.Bytes ?? 0, 0, store?.Capacity ?? 0);
        }

        harness.RunToEnd();

        foreach (Sequence sequence in sequences)
        {
            List<int> expected = FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], sequence.Tokens.Length - sequence.PromptLength);
            List<int> answer = SchedulerHarness.Answer(sequence);
            Assert.Equal(expected.Take(answer.Count), answer);
            bool isDisplaced = sequence.End.Result!.FinishReason == FinishReason.Displaced;
            Assert.True(sequence.CancelRequested || isDisplaced || answer.Count == expected.Count);
            Assert.False(isDisplaced && sequence.Priority == RequestPriority.Normal);
        }

        return harness.Stored?.Status.Restored ?? 0;
    }

    private static Sequence Add(SchedulerHarness harness, int number, RequestPriority priority)
    {
        int[] prompt = RandomPrompt(number);
        int maxTokens = 1 + (number % 40);
        return harness.Add(prompt, maxTokens, salt: number % 5 == 0 ? "other" : "", draft: RandomDraft(number, prompt, maxTokens), priority: priority);
    }

    /// <summary>None, or the answer with more behind it, of which a token here or there may be another one.</summary>
    private static int[]? RandomDraft(int number, int[] prompt, int maxTokens)
    {
        Random random = new(number);
        if (random.Next(3) == 0)
            return null;
        int[] draft = [.. FakeModel.Answer(prompt, maxTokens), .. SchedulerHarness.Prompt(random.Next(5), number)];
        for (int wrong = random.Next(3); wrong > 0; wrong--)
            draft[random.Next(draft.Length)] = random.Next(-1, FakeModel.Vocabulary + 1);
        return draft[..random.Next(draft.Length + 1)];
    }

    /// <summary>One of three long beginnings, shared or cut, then something of its own.</summary>
    private static int[] RandomPrompt(int number)
    {
        Random random = new(number);
        int[] beginning = SchedulerHarness.Prompt(64, random.Next(3));
        int[] own = SchedulerHarness.Prompt(random.Next(1, 12), random.Next(6));
        return [.. beginning[..random.Next(0, 65)], .. own];
    }
}
