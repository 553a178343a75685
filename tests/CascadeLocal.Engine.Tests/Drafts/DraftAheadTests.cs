using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Scheduling;
using CascadeLocal.Engine.Text;

using CsCheck;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>What drafting ahead saves, and that it changes nothing else; every step's tables are checked.</summary>
public sealed class DraftAheadTests
{
    private const int MaxTokens = 80;
    private const int ContextLength = 1024;

    private static readonly int[] Prompt = Enumerable.Range(0, 10_000).Select(seed => SchedulerHarness.Prompt(8, seed))
        .First(prompt => FakeModel.Answer(prompt, MaxTokens) is var answer && answer.Count == MaxTokens && !answer.Contains(FakeModel.EndToken));

    private static readonly int[] Right = [.. FakeModel.Answer(Prompt, MaxTokens)];

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_drafter_that_is_always_right_fills_its_drafts(KvLayout layout)
    {
        FakeModel drafts = Drafting();
        using SchedulerHarness harness = new(layout, drafter: By(drafts));
        Sequence sequence = harness.Add(Prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        // One token of the prompt, one until the drafter may pay for reading that, then 16 + 1 a step; of the 10 that are left the last needs no evaluation.
        Assert.Equal([0, 0, 16, 16, 16, 16, 9], harness.Steps.Select(step => step.DraftTokens));
        Assert.Equal((73, 73), (harness.Scheduler.Counters.AheadTokensVerified, harness.Scheduler.Counters.AheadTokensTaken));
        Assert.Equal((0L, 0L), (harness.Scheduler.Counters.DraftTokensVerified, harness.Scheduler.Counters.DraftTokensReused));
        // Each drafted token takes one decode of the drafter: what it has not seen of the answer goes with the first.
        Assert.Equal(73, drafts.Decodes);
        Assert.Null(sequence.End.Result!.Draft);
    }

    [Fact]
    public void A_drafter_that_is_always_wrong_is_soon_left_and_tried_now_and_then()
    {
        using SchedulerHarness harness = new(drafter: By(Drafting(history => 1 + (FakeModel.Next(history) % (FakeModel.Vocabulary - 1)))));
        Sequence sequence = harness.Add(Prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        int[] drafted = [.. harness.Steps.Select(step => step.DraftTokens)];
        int last = Array.FindLastIndex(drafted, tokens => tokens > 1);
        Assert.InRange(last, 1, 4);
        Assert.Equal(
            Enumerable.Range(1, drafted.Length - last - 1).Select(step => step % DraftAhead.StepsBetweenTrials == 0 ? 1 : 0), drafted.Skip(last + 1));
    }

    [Theory]
    [InlineData(0.1, 0.95)]
    [InlineData(0.6, 0.4)]
    [InlineData(0, 1)]
    public void Where_a_drafted_token_takes_what_a_decoded_one_does_nothing_is_drafted(double draft, double verify)
    {
        FakeModel drafts = Drafting();
        using SchedulerHarness harness = new(drafter: By(drafts), draftCost: new(draft, verify));
        Sequence sequence = harness.Add(Prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        Assert.Equal(0, drafts.Decodes);
    }

    [Fact]
    public void Beside_many_others_less_is_saved_and_nothing_drafted()
    {
        using SchedulerHarness harness = new(parallel: 16, drafter: By(Drafting(sequences: 16)), draftCost: new(Draft: 0.2, Verify: 0.4));
        Sequence[] sequences = [.. Enumerable.Range(0, 16).Select(_ => harness.Add(Prompt, MaxTokens))];
        Sequence longest = sequences[0];

        harness.RunToEnd();

        Assert.All(sequences, sequence => Assert.Equal(Right, SchedulerHarness.Answer(sequence)));
        Assert.All(harness.Steps, step => Assert.True(step.DecodeTokens < 16 || step.DraftTokens == 0));
        Assert.Equal(FinishReason.Length, longest.End.Result!.FinishReason);
    }

    [Fact]
    public void What_the_answer_took_elsewhere_is_evaluated_and_the_rest_kept()
    {
        // Wrong in every seventh place.
        FakeModel drafts = Drafting(history => history.Length % 7 == 0 ? 1 + (FakeModel.Next(history) % (FakeModel.Vocabulary - 1)) : FakeModel.Next(history));
        int evaluated = 0;
        drafts.Evaluating = batch => evaluated += batch.Count;
        using SchedulerHarness harness = new(drafter: By(drafts));
        Sequence sequence = harness.Add(Prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        Assert.True(harness.Steps.Count < MaxTokens / 2);
        // The prompt, the answer and what of the drafts was wrong, each once.
        long wrong = harness.Scheduler.Counters.AheadTokensVerified - harness.Scheduler.Counters.AheadTokensTaken;
        Assert.InRange(evaluated, Prompt.Length, Prompt.Length + MaxTokens + wrong);
    }

    [Fact]
    public void A_long_prompt_is_read_by_and_by()
    {
        int[] prompt = SchedulerHarness.Prompt(300, 4);
        int largest = 0;
        FakeModel drafts = Drafting();
        drafts.Evaluating = batch => largest = Math.Max(largest, batch.Count);
        using SchedulerHarness harness = new(drafter: By(drafts, budget: 32));
        Sequence sequence = harness.Add(prompt, 200, ignoreEnd: true);

        harness.RunToEnd();

        Assert.Equal(200, sequence.OutputTokens);
        Assert.Equal(32, largest);
        Assert.True(harness.Scheduler.Counters.AheadTokensTaken > 100);
        // To read 300 tokens takes 30 decodes, and a drafted token saves .7 of one: not before 43 tokens does it begin to pay.
        Assert.All(harness.Steps.Take(40), step => Assert.Equal(0, step.DraftTokens));
    }

    [Fact]
    public void Beyond_the_drafters_context_the_answer_goes_on_without()
    {
        FakeModel drafts = Drafting(contextLength: 64);
        using SchedulerHarness harness = new(drafter: vocabulary => new ModelDrafter(drafts, vocabulary, 4, 64, 128));
        Sequence sequence = harness.Add(Prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        Assert.Contains(harness.Steps, step => step.DraftTokens > 0);
        Assert.All(harness.Steps.TakeLast(10), step => Assert.Equal(0, step.DraftTokens));
    }

    [Fact]
    public void The_requests_own_draft_comes_first()
    {
        FakeModel drafts = Drafting();
        using SchedulerHarness harness = new(drafter: By(drafts));
        Sequence sequence = harness.Add(Prompt, MaxTokens, draft: Right[..30]);

        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(sequence));
        Assert.Equal([0, 8, 16], harness.Steps.Take(3).Select(step => step.DraftTokens));
        Assert.Equal(27, sequence.End.Result!.Draft!.Reused);
        Assert.True(harness.Scheduler.Counters.AheadTokensTaken > 30);
    }

    [Theory]
    [InlineData((int)DecodeStatus.ComputeFailed)]
    [InlineData((int)DecodeStatus.NoKvSlot)]
    public void A_drafter_that_fails_is_left_and_the_answers_go_on(int status)
    {
        FakeModel drafts = Drafting();
        List<string> failures = [];
        using SchedulerHarness harness = new(drafter: vocabulary => new ModelDrafter(drafts, vocabulary, 4, ContextLength, 128) { Failed = failures.Add });
        Sequence first = harness.Add(Prompt, MaxTokens);
        harness.Step();
        harness.Step();
        drafts.NextFailure = new(Stored: 1, (DecodeStatus)status);

        harness.RunToEnd();
        Sequence second = harness.Add(Prompt, MaxTokens);
        harness.RunToEnd();

        Assert.Equal(Right, SchedulerHarness.Answer(first));
        Assert.Equal(Right, SchedulerHarness.Answer(second));
        Assert.Single(failures);
        Assert.All(harness.Steps.TakeLast(MaxTokens), step => Assert.Equal(0, step.DraftTokens));
    }

    [Fact]
    public void What_stood_before_is_drafted_where_its_beginning_comes_again()
    {
        int[] prompt = SchedulerHarness.Prompt(30, 2);
        using SchedulerHarness harness = new(
            drafter: vocabulary => new LookupDrafter(vocabulary), follows: history => history[history.Length - prompt.Length]);
        Sequence sequence = harness.Add(prompt, MaxTokens);

        harness.RunToEnd();

        Assert.Equal(Enumerable.Range(0, MaxTokens).Select(i => prompt[i % prompt.Length]), SchedulerHarness.Answer(sequence));
        Assert.True(harness.Steps.Count < MaxTokens / 3);
        Assert.Equal(harness.Scheduler.Counters.AheadTokensVerified, harness.Scheduler.Counters.AheadTokensTaken);
    }

    [Fact]
    public void Whatever_is_drafted_the_answers_are_those_without()
    {
        Gen.Select(
            Gen.Int[1, 6],
            Gen.Bool,
            Gen.Int[1, 20],
            Gen.Int[0, 3],
            Gen.Select(Gen.Int[1, 60], Gen.Int[1, 90], Gen.Int[0, 1000], Gen.Int[0, 6]).Array[1, 12])
            .Sample(
                (parallel, unified, every, kind, requests) =>
                {
                    Func<Vocabulary, Drafter> drafter = kind switch
                    {
                        0 => vocabulary => new LookupDrafter(vocabulary),
                        1 => By(Drafting(sequences: parallel), parallel, budget: every),
                        _ => By(Drafting(history => history.Length % every == 0 ? 1 : FakeModel.Next(history), sequences: parallel), parallel, budget: 16),
                    };
                    using SchedulerHarness harness = new(
                        unified ? KvLayout.Unified : KvLayout.Streams, parallel, contextLength: 256, cells: unified ? 300 : null, prefillBudget: 24,
                        drafter: drafter);
                    List<(Sequence Sequence, int[] Prompt, int Most, bool IsGivenUp)> all = [];
                    foreach ((int length, int most, int seed, int steps) in requests)
                    {
                        int[] prompt = SchedulerHarness.Prompt(length, seed);
                        all.Add((harness.Add(prompt, most, draft: seed % 3 == 0 ? [.. FakeModel.Answer(prompt, 20)] : null), prompt, most, seed % 11 == 0));
                        for (int step = 0; step < steps; step++)
                            harness.Step();
                        if (all[^1].IsGivenUp)
                            all[^1].Sequence.RequestCancel();
                    }

                    harness.RunToEnd();

                    foreach ((Sequence sequence, int[] prompt, int most, bool isGivenUp) in all)
                    {
                        List<int> expected = FakeModel.Answer(prompt, most);
                        List<int> answer = SchedulerHarness.Answer(sequence);
                        Assert.Equal(isGivenUp ? expected.Take(answer.Count) : expected, answer);
                    }
                },
                iter: 300);
    }

    [Theory]
    [InlineData(0.3, 1, 0.3)]
    [InlineData(0.3, 4, 1.2 / 1.9)]
    [InlineData(1, 7, 1)]
    public void The_more_run_beside_it_the_less_a_verified_token_saves(double alone, int running, double expected) =>
        Assert.Equal(expected, new DraftCost(Draft: 0, alone).VerifyBeside(running), 12);

    [Fact]
    public void What_a_drafted_token_takes_is_measured_and_leaves_the_memory_empty()
    {
        FakeModel model = new(2, ContextLength, KvLayout.Streams, 2 * ContextLength);
        FakeModel drafts = Drafting(sequences: 2);

        DraftCost cost = DraftCost.Measure(model, drafts, most: 128)!.Value;

        Assert.True(cost.Draft > 0);
        Assert.Equal(Math.Round(2 * Math.Log2(cost.Draft)), 2 * Math.Log2(cost.Draft), 9);
        Assert.Equal((-1, -1), (model.MaxPosition(0), drafts.MaxPosition(0)));
        Assert.Null(DraftCost.Measure(model, drafts, most: 8));
    }

    private static FakeModel Drafting(Func<int[], int>? follows = null, int sequences = 4, int contextLength = ContextLength) =>
        new(sequences, contextLength, KvLayout.Streams, sequences * contextLength) { Follows = follows };

    private static Func<Vocabulary, Drafter> By(FakeModel model, int parallel = 0, int budget = 128) =>
        vocabulary => new ModelDrafter(model, vocabulary, parallel > 0 ? parallel : model.Sequences, ContextLength, budget);
}
