using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Prefixes;

/// <summary>A prefix that lost its sequence of the KV cache comes back from host memory.</summary>
public sealed class StoredPrefixTests : IDisposable
{
    private const int MaxTokens = 8;

    private readonly PrefixStore _store = new(capacity: 1 << 20);

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    public void Dispose() => _store.Dispose();

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_conversation_that_others_have_evicted_goes_on_where_it_was(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 2, store: _store);
        int[] held = Held(Ask(harness, SchedulerHarness.Prompt(100, 1)));
        Evict(harness);

        Sequence next = Ask(harness, [.. held, .. SchedulerHarness.Prompt(5, 2)]);

        Assert.Equal(held.Length, next.CachedTokens);
        Assert.Equal(1, harness.Stored!.Status.Restored);
        Assert.Equal(held.Length, harness.Stored.Status.RestoredTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_same_prompt_again_takes_all_but_its_last_token(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 2, store: _store);
        Ask(harness, SchedulerHarness.Prompt(100, 1));
        Evict(harness);

        Assert.Equal(99, Ask(harness, SchedulerHarness.Prompt(100, 1)).CachedTokens);
    }

    [Fact]
    public void Beside_an_answer_conversations_come_back_one_a_step()
    {
        using SchedulerHarness harness = new(parallel: 4, store: _store);
        for (int seed = 0; seed < 6; seed++)
            Ask(harness, SchedulerHarness.Prompt(100, seed));
        Sequence stream = harness.Add(SchedulerHarness.Prompt(20, 9), 100, ignoreEnd: true);
        while (stream.OutputTokens == 0)
            harness.Step();

        Sequence[] back = [.. Enumerable.Range(0, 3).Select(seed => harness.Add(SchedulerHarness.Prompt(100, seed), 50, ignoreEnd: true))];
        for (int step = 1; step <= 3; step++)
        {
            harness.Step();
            Assert.Equal(step, harness.Stored!.Status.Restored);
            Assert.Equal(1 + step, stream.OutputTokens);
        }

        Assert.All(back, sequence => Assert.Equal(99, sequence.CachedTokens));
    }

    [Fact]
    public void What_is_evicted_again_as_it_was_restored_is_not_written_again()
    {
        using SchedulerHarness harness = new(parallel: 1, store: _store);
        for (int round = 0; round < 5; round++)
        {
            Ask(harness, SchedulerHarness.Prompt(100, 1));
            Ask(harness, SchedulerHarness.Prompt(100, 2));
        }

        Assert.Equal(2, harness.Stored!.Status.Saved);
        Assert.Equal(8, harness.Stored.Status.Restored);
        Assert.Equal(2, harness.Stored.Status.Prefixes);
    }

    [Fact]
    public void What_goes_further_takes_the_place_of_what_it_begins_with()
    {
        using SchedulerHarness harness = new(parallel: 1, store: _store);
        int[] held = Held(Ask(harness, SchedulerHarness.Prompt(100, 1)));
        Ask(harness, SchedulerHarness.Prompt(100, 2));
        Ask(harness, [.. held, .. SchedulerHarness.Prompt(50, 3)]);
        Ask(harness, SchedulerHarness.Prompt(100, 4));

        Assert.Equal(3, harness.Stored!.Status.Saved);
        Assert.Equal(2, harness.Stored.Status.Prefixes);
        Assert.Equal(0, harness.Stored.Status.Evicted);
    }

    [Fact]
    public void The_end_of_a_conversation_that_another_one_cuts_off_is_kept()
    {
        using SchedulerHarness harness = new(parallel: 1, store: _store);
        int[] system = SchedulerHarness.Prompt(100, 1);
        int[] held = Held(Ask(harness, [.. system, .. SchedulerHarness.Prompt(60, 2)]));
        Assert.Equal(100, Ask(harness, [.. system, .. SchedulerHarness.Prompt(60, 3)]).CachedTokens);

        Assert.Equal(held.Length, Ask(harness, [.. held, .. SchedulerHarness.Prompt(5, 4)]).CachedTokens);
    }

    [Fact]
    public void Nobody_gets_the_prefix_of_another_key()
    {
        using SchedulerHarness harness = new(parallel: 1, store: _store);
        int[] prompt = SchedulerHarness.Prompt(100, 1);
        Ask(harness, prompt, salt: "one");
        Ask(harness, SchedulerHarness.Prompt(100, 2), salt: "one");

        Assert.Equal(0, Ask(harness, prompt, salt: "two").CachedTokens);
        Assert.Equal(99, Ask(harness, prompt, salt: "one").CachedTokens);
    }

    [Fact]
    public void A_model_never_sees_the_prefixes_of_another_one()
    {
        using SchedulerHarness one = new(parallel: 1, store: _store);
        using SchedulerHarness two = new(parallel: 1, store: _store);
        Ask(one, SchedulerHarness.Prompt(100, 1));
        Ask(one, SchedulerHarness.Prompt(100, 2));

        Assert.Equal(0, Ask(two, SchedulerHarness.Prompt(100, 1)).CachedTokens);
    }

    [Fact]
    public void The_store_stays_within_its_bytes_and_gives_up_what_was_used_least_recently()
    {
        // Each of these takes 4 bytes for 107 tokens and their number: two fit.
        using PrefixStore store = new(capacity: 1000);
        using SchedulerHarness harness = new(parallel: 1, store: store);
        for (int seed = 0; seed < 4; seed++)
        {
            Ask(harness, SchedulerHarness.Prompt(100, seed), ignoreEnd: true);
            Assert.InRange(store.Bytes, 0, store.Capacity);
        }

        // 0 went, 1 and 2 are there, 3 is in the sequence.
        Assert.Equal(0, Ask(harness, SchedulerHarness.Prompt(100, 0), ignoreEnd: true).CachedTokens);
        Assert.Equal(99, Ask(harness, SchedulerHarness.Prompt(100, 2), ignoreEnd: true).CachedTokens);
        Assert.Equal(3, harness.Stored!.Status.Evicted);
        Assert.Equal(store.Bytes, harness.Stored.Status.Bytes);
    }

    [Fact]
    public void One_model_gives_way_to_another_within_the_same_bytes()
    {
        using PrefixStore store = new(capacity: 1000);
        using SchedulerHarness one = new(parallel: 1, store: store);
        using SchedulerHarness two = new(parallel: 1, store: store);
        Ask(one, SchedulerHarness.Prompt(100, 1));
        Ask(one, SchedulerHarness.Prompt(100, 2));
        for (int seed = 0; seed < 3; seed++)
            Ask(two, SchedulerHarness.Prompt(100, seed));

        Assert.Equal(1, one.Stored!.Status.Evicted);
        Assert.Equal(0, one.Stored.Status.Bytes);
        Assert.Equal(2, two.Stored!.Status.Prefixes);
    }

    [Fact]
    public void A_model_that_goes_takes_its_prefixes_with_it()
    {
        using (SchedulerHarness harness = new(parallel: 1, store: _store))
        {
            Ask(harness, SchedulerHarness.Prompt(100, 1));
            Ask(harness, SchedulerHarness.Prompt(100, 2));
            Assert.True(_store.Bytes > 0);
        }

        Assert.Equal(0, _store.Bytes);
    }

    [Theory]
    [InlineData(1.0, 0.2, 1)]
    [InlineData(0.1, 1.0, 0)]
    public void A_prefix_is_kept_where_copying_it_takes_less_than_evaluating_it(double secondsPerToken, double secondsPerByte, int expected)
    {
        // Written and read again: 8 bytes a token in this model.
        RestoreCost cost = new(secondsPerToken, secondsPerByte / 8);
        using SchedulerHarness harness = new(parallel: 1, store: _store, cost: cost);
        Ask(harness, SchedulerHarness.Prompt(100, 1));
        Ask(harness, SchedulerHarness.Prompt(100, 2));

        Ask(harness, SchedulerHarness.Prompt(100, 1));

        Assert.Equal(expected, harness.Stored!.Status.Restored);
    }

    [Fact]
    public void Of_a_long_prefix_a_little_is_not_worth_restoring_the_whole()
    {
        RestoreCost cost = new(SecondsPerToken: 1, SecondsPerByte: 0.1);
        using SchedulerHarness harness = new(parallel: 1, store: _store, cost: cost);
        int[] beginning = SchedulerHarness.Prompt(40, 1);
        Ask(harness, [.. beginning, .. SchedulerHarness.Prompt(300, 2)]);
        Ask(harness, SchedulerHarness.Prompt(100, 3));

        Assert.Equal(0, Ask(harness, [.. beginning, .. SchedulerHarness.Prompt(50, 4)]).CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_state_that_cannot_be_read_is_evaluated_and_given_up(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 1, store: _store);
        Ask(harness, SchedulerHarness.Prompt(100, 1));
        Ask(harness, SchedulerHarness.Prompt(100, 2));
        harness.Model.NextLoadFails = true;

        Assert.Equal(0, Ask(harness, SchedulerHarness.Prompt(100, 1)).CachedTokens);
        Assert.Equal(1, harness.Stored!.Status.Prefixes);
        Assert.Equal(0, harness.Stored.Status.Restored);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Where_the_memory_cannot_be_cut_a_prefix_is_restored_whole_or_not_at_all(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 1, canCut: false, store: _store);
        int[] held = Held(Ask(harness, SchedulerHarness.Prompt(100, 1)));
        Ask(harness, SchedulerHarness.Prompt(100, 2));

        Assert.Equal(0, Ask(harness, [.. held[..90], .. SchedulerHarness.Prompt(5, 3)]).CachedTokens);
        Assert.Equal(held.Length, Ask(harness, [.. held, .. SchedulerHarness.Prompt(5, 3)]).CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void What_has_a_sliding_window_is_restored_whole_and_not_cut_below_that_afterwards(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 1, store: _store, hasWindow: true);
        int[] held = Held(Ask(harness, SchedulerHarness.Prompt(100, 1)));
        Ask(harness, SchedulerHarness.Prompt(100, 2));
        Assert.Equal(0, Ask(harness, [.. held[..90], .. SchedulerHarness.Prompt(5, 3)]).CachedTokens);
        Ask(harness, SchedulerHarness.Prompt(100, 7));
        int[] further = Held(Ask(harness, [.. held, .. SchedulerHarness.Prompt(60, 4)]));
        Assert.Equal(1, harness.Stored!.Status.Restored);

        Assert.Equal(held.Length + 50, Ask(harness, [.. further[..(held.Length + 50)], .. SchedulerHarness.Prompt(5, 5)]).CachedTokens);
        Assert.Equal(0, Ask(harness, [.. further[..90], .. SchedulerHarness.Prompt(5, 6)]).CachedTokens);
    }

    [Fact]
    public void With_too_few_cells_for_it_a_prefix_is_restored_in_place_of_idle_ones()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 3, contextLength: 256, cells: 256, store: _store);
        Ask(harness, SchedulerHarness.Prompt(100, 1));
        Ask(harness, SchedulerHarness.Prompt(100, 2));
        Ask(harness, SchedulerHarness.Prompt(100, 3));

        Assert.Equal(99, Ask(harness, SchedulerHarness.Prompt(100, 1)).CachedTokens);
        Assert.InRange(harness.Kv.CellsUsed, 0, 256);
    }

    [Fact]
    public void Over_the_source_of_a_copy_that_is_put_off_nothing_is_restored_before_the_copy_is_made()
    {
        using SchedulerHarness harness = new(parallel: 2, store: _store);
        int[] stored = SchedulerHarness.Prompt(100, 1);
        Ask(harness, stored);
        int[] shared = SchedulerHarness.Prompt(100, 2);
        Sequence[] long_ = [.. Enumerable.Range(0, 2).Select(i => harness.Add([.. SchedulerHarness.Prompt(200, 3 + i)], 2))];
        harness.RunToEnd();
        Ask(harness, [.. shared, .. SchedulerHarness.Prompt(200, 5)]);

        // The first copies a part of the idle sequence into the other one, the second wants what is stored: the idle one is all there is.
        Sequence copied = harness.Add([.. shared, .. SchedulerHarness.Prompt(20, 6)], MaxTokens, ignoreEnd: true);
        Sequence restored = harness.Add(stored, MaxTokens, ignoreEnd: true);
        harness.Step();
        Assert.NotNull(copied.Slot);
        Assert.Null(restored.Slot);
        harness.RunToEnd();

        Assert.All(long_, sequence => Assert.NotNull(sequence.End.Result));
        Assert.Equal(100, copied.CachedTokens);
        Assert.Equal(99, restored.CachedTokens);
        AssertAnswer(copied);
        AssertAnswer(restored);
    }

    private static void Evict(SchedulerHarness harness)
    {
        for (int seed = 100; seed < 100 + harness.Scheduler.Parallel; seed++)
            Ask(harness, SchedulerHarness.Prompt(100, seed));
    }

    private static Sequence Ask(SchedulerHarness harness, int[] prompt, string salt = "", bool ignoreEnd = true)
    {
        Sequence sequence = harness.Add(prompt, MaxTokens, salt, ignoreEnd);
        harness.RunToEnd();
        AssertAnswer(sequence);
        return sequence;
    }

    /// <summary>It says what the model alone does, up to where that one would have ended.</summary>
    private static void AssertAnswer(Sequence sequence)
    {
        List<int> alone = FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], MaxTokens);
        int[] expected = [.. alone.TakeWhile(token => token != FakeModel.EndToken)];
        Assert.Equal(expected, SchedulerHarness.Answer(sequence).Take(expected.Length));
    }

    /// <summary>What its sequence holds: all but the last token, which is not evaluated.</summary>
    private static int[] Held(Sequence sequence) => [.. sequence.Known[..^1]];
}
