using CascadeLocal.Constraints;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;
using CascadeLocal.Engine.Forms;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

public sealed class SchedulerTests
{
    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Fact]
    public void A_form_that_takes_too_much_work_ends_its_request_as_refused_and_no_other()
    {
        using SchedulerHarness harness = new(parallel: 2);
        Vocabulary vocabulary = FakeModel.CreateVocabulary();
        CompiledConstraint constraint = ConstraintCompiler.Compile(
            new OutputConstraint(OutputConstraintKind.Regex, "[ -~]{0,60}"), ConstraintLimits.Default with { RuntimeSteps = 20 },
            cancellationToken: TestContext.Current.CancellationToken);
        ConstraintMatcher matcher = new(constraint, new TokenTrie(vocabulary.Count, vocabulary.Piece, vocabulary.EndTokens));
        Sequence refused = harness.Add(SchedulerHarness.Prompt(20, 1), 50, ignoreEnd: true, filter: new ConstraintFilter(matcher, "response_format"));
        Sequence other = harness.Add(SchedulerHarness.Prompt(20, 2), 50, ignoreEnd: true);

        harness.RunToEnd();

        RequestRefusedException refusal = Assert.IsType<RequestRefusedException>(refused.End.Failure);
        Assert.Equal("response_format", refusal.Field);
        Assert.Contains("20 steps", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((null, 50), (other.End.Failure, other.OutputTokens));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_batch_answers_as_the_model_alone_does(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 16);
        Sequence[] sequences = [.. Enumerable.Range(0, 16).Select(i => harness.Add(SchedulerHarness.Prompt(5 + (40 * i), i), 60))];

        harness.RunToEnd();

        foreach (Sequence sequence in sequences)
            Assert.Equal(FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], 60), SchedulerHarness.Answer(sequence));
        Assert.Contains(harness.Steps, step => step.DecodeTokens > 8);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_long_prompt_delays_neither_running_decodes_nor_a_short_prompt_behind_it(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 4);
        Sequence[] decoding = [harness.Add(EndlessPrompt(1), 200), harness.Add(EndlessPrompt(2), 200)];
        harness.Step();
        Assert.All(decoding, sequence => Assert.Equal(1, sequence.OutputTokens));

        Sequence longPrompt = harness.Add(SchedulerHarness.Prompt(2000, 3), 1);
        harness.Step();
        Sequence shortPrompt = harness.Add(SchedulerHarness.Prompt(40, 4), 1);
        int steps = 1;
        int? shortDone = null;
        while (longPrompt.OutputTokens == 0)
        {
            harness.Step();
            steps++;
            Assert.All(decoding, sequence => Assert.Equal(1 + steps, sequence.OutputTokens));
            shortDone ??= shortPrompt.OutputTokens > 0 ? steps : null;
        }

        // The first shows what the decodes take alone, and in the next chunks double, since they cost nothing.
        Assert.Equal((6, 22), (shortDone, steps));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_system_prompt_is_evaluated_once_for_requests_that_arrive_together(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 16);
        int[] system = SchedulerHarness.Prompt(900, 7);
        Sequence[] sequences =
            [.. Enumerable.Range(0, 16).Select(i => harness.Add([.. system, .. SchedulerHarness.Prompt(10, 100 + i)], 20))];

        harness.RunToEnd();

        Assert.All(sequences, sequence =>
            Assert.Equal(FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], 20), SchedulerHarness.Answer(sequence)));
        Assert.Equal(900 + (16 * 10), harness.Scheduler.Counters.PrefillTokens);
        Assert.Equal(15, sequences.Count(sequence => sequence.CachedTokens == 900));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_next_turn_of_a_conversation_evaluates_only_what_is_new(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout);
        int[] prompt = SchedulerHarness.Prompt(300, 1);
        Sequence first = harness.Add(prompt, 30);
        harness.RunToEnd();
        int[] next = [.. first.Known, .. SchedulerHarness.Prompt(25, 2)];

        Sequence second = harness.Add(next, 30);
        harness.RunToEnd();

        // The answer's last token was sampled, but never evaluated.
        Assert.Equal(first.Length - 1, second.CachedTokens);
        Assert.Equal(FakeModel.Answer(next, 30), SchedulerHarness.Answer(second));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_same_prompt_again_and_again_goes_on_from_the_same_cells(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 4);
        int[] prompt = SchedulerHarness.Prompt(100, 3);
        // Several sequences hold it at first, each evaluated in a batch of its own shape.
        for (int i = 0; i < 3; i++)
            harness.Add(prompt, 5 + i);
        harness.RunToEnd();
        HashSet<int> slots = [];
        for (int i = 0; i < 8; i++)
        {
            Sequence sequence = harness.Add(prompt, 10);
            harness.Step();
            slots.Add(sequence.Slot!.Id);
            harness.RunToEnd();
            // Another conversation comes between.
            harness.Add(SchedulerHarness.Prompt(10, 50 + i), 3, salt: "other");
            harness.RunToEnd();
        }

        Assert.Single(slots);
    }

    [Fact]
    public void A_prompt_that_is_cached_as_a_whole_still_evaluates_its_last_token()
    {
        using SchedulerHarness harness = new();
        int[] prompt = SchedulerHarness.Prompt(100, 1);
        harness.Add(prompt, 5);
        harness.RunToEnd();

        Sequence again = harness.Add(prompt, 5);
        harness.RunToEnd();

        Assert.Equal(99, again.CachedTokens);
        Assert.Equal(FakeModel.Answer(prompt, 5), SchedulerHarness.Answer(again));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_conversation_survives_another_one_that_only_begins_alike(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout);
        int[] system = SchedulerHarness.Prompt(100, 1);
        int[] conversation = [.. system, .. SchedulerHarness.Prompt(400, 2)];
        harness.Add(conversation, 1);
        harness.RunToEnd();

        Sequence other = harness.Add([.. system, .. SchedulerHarness.Prompt(50, 3)], 1);
        harness.RunToEnd();
        Sequence back = harness.Add([.. conversation, .. SchedulerHarness.Prompt(5, 4)], 1);
        harness.RunToEnd();

        Assert.Equal(100, other.CachedTokens);
        Assert.Equal(500, back.CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Callers_of_different_salt_share_nothing(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout);
        int[] prompt = SchedulerHarness.Prompt(300, 1);
        harness.Add(prompt, 5, "alice");
        harness.RunToEnd();

        Sequence bob = harness.Add(prompt, 5, "bob");
        Sequence alice = harness.Add(prompt, 5, "alice");
        harness.RunToEnd();

        Assert.Equal(0, bob.CachedTokens);
        Assert.Equal(299, alice.CachedTokens);
    }

    [Fact]
    public void Clients_take_turns_whatever_each_has_waiting()
    {
        using SchedulerHarness harness = new(parallel: 2);
        Sequence[] many = [.. Enumerable.Range(0, 12).Select(i => harness.Add(SchedulerHarness.Prompt(20, i), 20, salt: "one", ignoreEnd: true))];
        harness.Step();
        Sequence[] few = [.. Enumerable.Range(20, 2).Select(i => harness.Add(SchedulerHarness.Prompt(20, i), 20, salt: "other", ignoreEnd: true))];

        while (few.Any(sequence => sequence.OutputTokens < 20))
            harness.Step();

        // Two ran before, and each of the other's waited for one.
        Assert.Equal(4, many.Count(sequence => sequence.OutputTokens == 20));
        harness.RunToEnd();
        Assert.All(many, sequence => Assert.Equal(20, sequence.OutputTokens));
    }

    [Fact]
    public void Idle_sequences_that_share_cells_keep_within_what_idle_ones_may_hold()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 8, contextLength: 1024, cells: 1024);
        for (int seed = 0; seed < 4; seed++)
        {
            for (int choice = 0; choice < 2; choice++)
                harness.Add(SchedulerHarness.Prompt(200, seed), 10, ignoreEnd: true);
            harness.RunToEnd();
        }

        Assert.InRange(harness.Kv.CellsUsed, 1, 512);
    }

    [Fact]
    public void Without_the_prefix_cache_answers_are_the_same_and_nothing_is_reused()
    {
        using SchedulerHarness harness = new(prefixCache: false);
        int[] prompt = SchedulerHarness.Prompt(300, 1);
        Sequence[] twice = [harness.Add(prompt, 20), harness.Add(prompt, 20)];

        harness.RunToEnd();

        Assert.All(twice, sequence => Assert.Equal(0, sequence.CachedTokens));
        Assert.All(twice, sequence => Assert.Equal(FakeModel.Answer(prompt, 20), SchedulerHarness.Answer(sequence)));
    }

    [Fact]
    public void Too_few_cells_cost_preemptions_and_no_answers()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 8, contextLength: 256, cells: 400);
        Sequence[] sequences = [.. Enumerable.Range(0, 24).Select(i => harness.Add(EndlessPrompt(10 + i), 120))];

        harness.RunToEnd();

        foreach (Sequence sequence in sequences)
            Assert.Equal(FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], 120), SchedulerHarness.Answer(sequence));
        Assert.True(harness.Scheduler.Counters.Preemptions > 0);
        Assert.Equal(0, harness.Model.Refused);
    }

    [Fact]
    public void A_request_that_cannot_fit_beside_the_running_ones_leaves_the_idle_prefixes_alone()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 8, contextLength: 1024, cells: 1024);
        harness.Add(SchedulerHarness.Prompt(100, 1), maxTokens: 1);
        harness.RunToEnd();
        Sequence[] running = [.. Enumerable.Range(2, 2).Select(seed => harness.Add(SchedulerHarness.Prompt(200, seed), maxTokens: 20, ignoreEnd: true))];
        while (running.Any(sequence => sequence.OutputTokens == 0))
            harness.Step();

        // Two hold 400 of 1,024 cells: there would be no room without the idle 100 either.
        Sequence large = harness.Add(SchedulerHarness.Prompt(700, 4), maxTokens: 1);
        harness.Step();
        harness.Step();
        Assert.Null(large.Slot);
        Assert.Equal(100, harness.Kv.Length(0));

        harness.RunToEnd();
        Assert.Equal(1, large.OutputTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_cancelled_request_is_gone_after_one_step_in_queue_prefill_and_decode(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 2, prefixCache: false);
        Sequence decoding = harness.Add(EndlessPrompt(1), 100);
        harness.Step();
        Sequence prefilling = harness.Add(SchedulerHarness.Prompt(1000, 2), 10);
        Sequence queued = harness.Add(SchedulerHarness.Prompt(10, 3), 10);
        harness.Step();
        Assert.True(decoding.OutputTokens > 1 && prefilling is { OutputTokens: 0, Slot: not null } && queued.Slot is null);

        foreach (Sequence sequence in new[] { decoding, prefilling, queued })
            sequence.RequestCancel();
        harness.Step();

        Assert.False(harness.Scheduler.HasWork);
        Assert.Equal(0, harness.Kv.CellsUsed);
        Assert.Equal(FinishReason.Cancelled, decoding.End.Result!.FinishReason);
    }

    [Fact]
    public void A_reader_that_stops_reading_is_dropped_and_the_others_go_on()
    {
        using SchedulerHarness harness = new();
        Sequence stopped = harness.Add(SchedulerHarness.Prompt(8, 1), 200, ignoreEnd: true, maxUnread: 50);
        Sequence read = harness.Add(SchedulerHarness.Prompt(8, 2), 200, ignoreEnd: true, maxUnread: 50);
        for (int step = 0; harness.Scheduler.HasWork; step++)
        {
            Assert.True(step < 1_000, "still busy after 1,000 steps");
            harness.Scheduler.Step();
            while (read.Output.TryRead(out _))
                ;
        }

        Assert.Equal(FinishReason.Cancelled, stopped.End.Result!.FinishReason);
        Assert.Equal(FinishReason.Length, read.End.Result!.FinishReason);
    }

    /// <summary>A prompt whose answer does not end before 200 tokens.</summary>
    private static int[] EndlessPrompt(int seed)
    {
        for (int i = 0; ; i++)
        {
            int[] prompt = SchedulerHarness.Prompt(8, (seed * 1000) + i);
            if (FakeModel.Answer(prompt, 200).Count == 200)
                return prompt;
        }
    }
}
