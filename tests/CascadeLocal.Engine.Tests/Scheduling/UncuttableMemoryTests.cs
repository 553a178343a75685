using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>Recurrent and hybrid models: of a sequence there is the whole or nothing.</summary>
public sealed class UncuttableMemoryTests
{
    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_prompt_that_goes_on_where_an_idle_sequence_ended_takes_all_of_it(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, canCut: false);
        int[] held = Ask(harness, SchedulerHarness.Prompt(40, 1));
        int[] next = [.. held, .. SchedulerHarness.Prompt(5, 2)];

        Sequence sequence = Start(harness, next);

        Assert.Equal(held.Length, sequence.CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_prompt_that_leaves_it_before_its_end_takes_nothing_and_leaves_it_whole(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, canCut: false);
        int[] held = Ask(harness, SchedulerHarness.Prompt(40, 1));

        Sequence sequence = Start(harness, [.. held[..39], .. SchedulerHarness.Prompt(5, 2)]);
        Sequence further = Start(harness, [.. held, .. SchedulerHarness.Prompt(5, 3)]);

        Assert.Equal(0, sequence.CachedTokens);
        Assert.Equal(held.Length, further.CachedTokens);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Requests_with_a_common_beginning_do_not_wait_for_each_other(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, canCut: false, prefillBudget: 16);
        int[] beginning = SchedulerHarness.Prompt(64, 1);
        Sequence[] sequences = [.. Enumerable.Range(2, 3).Select(seed => harness.Add([.. beginning, .. SchedulerHarness.Prompt(3, seed)], 4))];

        harness.Step();

        Assert.All(sequences, sequence => Assert.NotNull(sequence.Slot));
        harness.RunToEnd();
        Assert.All(sequences, sequence => Assert.Equal(
            FakeModel.Answer([.. sequence.Known[..sequence.PromptLength]], 4), SchedulerHarness.Answer(sequence)));
    }

    /// <summary>Answers a prompt and returns what its sequence holds: all but the last token, which is not evaluated.</summary>
    private static int[] Ask(SchedulerHarness harness, int[] prompt) => [.. Start(harness, prompt).Known[..^1]];

    private static Sequence Start(SchedulerHarness harness, int[] prompt)
    {
        Sequence sequence = harness.Add(prompt, 8, ignoreEnd: true);
        harness.RunToEnd();
        return sequence;
    }
}
