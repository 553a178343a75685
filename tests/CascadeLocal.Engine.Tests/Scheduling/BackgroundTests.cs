using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>Work that nobody waits for gives way to what somebody does, and never the other way round.</summary>
public sealed class BackgroundTests
{
    private const int MaxTokens = 60;

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_youngest_background_work_gives_its_sequence_away(KvLayout layout)
    {
        using SchedulerHarness harness = new(layout, parallel: 3);
        Sequence normal = Add(harness, 1);
        Sequence older = Add(harness, 2, RequestPriority.Background);
        Sequence younger = Add(harness, 3, RequestPriority.Background);
        harness.Step();
        harness.Step();
        Assert.Equal(2, younger.OutputTokens);

        Sequence late = Add(harness, 4);
        harness.Step();

        Assert.Equal(FinishReason.Displaced, younger.End.Result!.FinishReason);
        Assert.NotNull(late.Slot);
        // That step showed what the decodes take alone.
        harness.Step();
        Assert.Equal(1, late.OutputTokens);
        harness.RunToEnd();
        Assert.Equal(2, younger.OutputTokens);
        AssertWhole(normal, older, late);
    }

    [Fact]
    public void Background_work_gives_its_cells_to_a_prompt_that_needs_them()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 4, contextLength: 256, cells: 200, prefixCache: false);
        Sequence background = Add(harness, 1, RequestPriority.Background, length: 100);
        harness.Step();
        Assert.Equal(1, background.OutputTokens);

        Sequence normal = Add(harness, 2, length: 120);
        harness.Step();

        Assert.Equal(FinishReason.Displaced, background.End.Result!.FinishReason);
        Assert.Equal(1, normal.OutputTokens);
        harness.RunToEnd();
        AssertWhole(normal);
    }

    [Fact]
    public void Background_work_gives_its_cells_to_an_answer_that_grows()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 4, contextLength: 256, cells: 215, prefixCache: false);
        Sequence background = Add(harness, 1, RequestPriority.Background, length: 60);
        Sequence[] normal = [Add(harness, 2, length: 50), Add(harness, 3, length: 40)];
        harness.RunToEnd();

        // 150 cells are prompts; the other 65 last for some 21 tokens of each; without the background work they are enough.
        Assert.Equal(FinishReason.Displaced, background.End.Result!.FinishReason);
        Assert.InRange(background.OutputTokens, 19, 23);
        AssertWhole(normal);
        Assert.Equal(0, harness.Scheduler.Counters.Preemptions);
    }

    [Fact]
    public void Background_work_takes_no_sequence_that_is_in_use()
    {
        using SchedulerHarness harness = new(parallel: 2);
        Sequence[] normal = [Add(harness, 1), Add(harness, 2)];
        harness.Step();
        Sequence background = Add(harness, 3, RequestPriority.Background);
        while (normal[0].End.Result is null)
        {
            Assert.Null(background.Slot);
            harness.Step();
        }

        harness.RunToEnd();

        AssertWhole([.. normal, background]);
    }

    [Fact]
    public void Background_work_takes_no_cells_that_are_in_use()
    {
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 4, contextLength: 256, cells: 200, prefixCache: false);
        Sequence normal = Add(harness, 1, length: 100);
        harness.Step();
        Sequence background = Add(harness, 2, RequestPriority.Background, length: 110);
        while (normal.End.Result is null)
        {
            Assert.Null(background.Slot);
            harness.Step();
        }

        harness.RunToEnd();

        AssertWhole(normal, background);
        Assert.Equal(0, harness.Scheduler.Counters.Preemptions);
    }

    [Fact]
    public void Background_work_that_grows_gives_way_itself()
    {
        // The normal request needs no more cells: its answer is one token short of its end when the background work's grows.
        using SchedulerHarness harness = new(KvLayout.Unified, parallel: 2, contextLength: 256, cells: 131, prefixCache: false);
        Sequence normal = Add(harness, 1, length: 60);
        Sequence background = Add(harness, 2, RequestPriority.Background, length: 60);

        harness.RunToEnd();

        Assert.Equal(FinishReason.Displaced, background.End.Result!.FinishReason);
        AssertWhole(normal);
        Assert.Equal(0, harness.Scheduler.Counters.Preemptions);
    }

    [Fact]
    public void What_somebody_waits_for_overtakes_waiting_background_work()
    {
        using SchedulerHarness harness = new(parallel: 1);
        List<string> order = [];
        Sequence running = Add(harness, 1);
        harness.Step();
        Add(harness, 2, RequestPriority.Background, observer: Note("background 1"));
        Add(harness, 3, RequestPriority.Background, observer: Note("background 2"));
        Add(harness, 4, observer: Note("normal 1"));
        Add(harness, 5, observer: Note("normal 2"));

        harness.RunToEnd();

        Assert.Equal(["normal 1", "normal 2", "background 1", "background 2"], order.Distinct());
        AssertWhole(running);

        RecordingObserver Note(string name) => new() { Meanwhile = () => order.Add(name) };
    }

    private static Sequence Add(
        SchedulerHarness harness, int seed, RequestPriority priority = RequestPriority.Normal, int length = 8, IAnswerObserver? observer = null) =>
        harness.Add(SchedulerHarness.Prompt(length, seed), MaxTokens, ignoreEnd: true, priority: priority, observer: observer);

    private static void AssertWhole(params Sequence[] sequences)
    {
        foreach (Sequence sequence in sequences)
        {
            using SchedulerHarness alone = new(parallel: 1);
            Sequence expected = alone.Add([.. sequence.Known[..sequence.PromptLength]], MaxTokens, ignoreEnd: true);
            alone.RunToEnd();
            Assert.Equal(FinishReason.Length, sequence.End.Result!.FinishReason);
            Assert.Equal(SchedulerHarness.Answer(expected), SchedulerHarness.Answer(sequence));
        }
    }
}
