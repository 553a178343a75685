using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Scheduling;

using Xunit;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>Who watches an answer where it is made can end it there, and nothing else.</summary>
public sealed class ObserverTests
{
    private const int MaxTokens = 60;

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Nothing_is_decoded_behind_the_token_that_was_enough_and_the_others_go_on(KvLayout layout)
    {
        int[][] prompts = [.. Enumerable.Range(0, 4).Select(i => SchedulerHarness.Prompt(8, i))];
        List<int>[] alone = [.. prompts.Select(prompt => Alone(prompt))];
        foreach (int enough in new[] { 1, 2, 7, MaxTokens - 1 })
        {
            RecordingObserver observer = new(enough);
            using SchedulerHarness harness = new(layout, parallel: 4);
            Sequence[] sequences = [.. prompts.Select((prompt, i) =>
                harness.Add(prompt, MaxTokens, ignoreEnd: true, observer: i == 1 ? observer : null))];

            harness.RunToEnd();

            Assert.Equal(FinishReason.Cancelled, sequences[1].End.Result!.FinishReason);
            Assert.Equal(enough, sequences[1].End.Result!.OutputTokens);
            Assert.Equal(alone[1][..enough], SchedulerHarness.Answer(sequences[1]));
            Assert.Equal(alone[1][..enough], Read(sequences[1]).Select(token => token.Token));
            Assert.Equal(enough, observer.Seen.Count);
            foreach (int other in new[] { 0, 2, 3 })
            {
                Assert.Equal(alone[other], SchedulerHarness.Answer(sequences[other]));
                Assert.Equal(FinishReason.Length, sequences[other].End.Result!.FinishReason);
            }

            // An answer's first token comes from its prompt.
            Assert.Equal(enough - 1 + (3 * (MaxTokens - 1)), harness.Steps.Sum(step => step.DecodeTokens));
            Assert.Equal(enough + (3 * MaxTokens), harness.Scheduler.Counters.OutputTokens);
        }
    }

    [Fact]
    public void The_sequence_is_free_for_the_next_request_at_once()
    {
        using SchedulerHarness harness = new(parallel: 1);
        Sequence watched = harness.Add(SchedulerHarness.Prompt(8, 1), MaxTokens, ignoreEnd: true, observer: new RecordingObserver(enough: 3));
        Sequence next = harness.Add(SchedulerHarness.Prompt(8, 2), MaxTokens, ignoreEnd: true);
        for (int step = 0; step < 4; step++)
            harness.Step();

        Assert.Equal(3, watched.OutputTokens);
        Assert.Equal(1, next.OutputTokens);
    }

    [Fact]
    public void A_verified_draft_is_taken_up_to_the_token_that_was_enough()
    {
        int[] prompt = SchedulerHarness.Prompt(8, 1);
        List<int> alone = Alone(prompt);
        int[] draft = [.. FakeModel.Answer(prompt, MaxTokens)];
        Assert.InRange(draft.Length, 20, MaxTokens);
        for (int enough = 1; enough < 20; enough++)
        {
            RecordingObserver observer = new(enough);
            using SchedulerHarness harness = new();
            Sequence watched = harness.Add(prompt, MaxTokens, ignoreEnd: true, draft: draft, observer: observer);
            harness.RunToEnd();

            Assert.Equal((FinishReason.Cancelled, enough), (watched.End.Result!.FinishReason, watched.OutputTokens));
            Assert.Equal(alone[..enough], observer.Seen.Select(seen => seen.Token.Token));
            Sequence again = harness.Add(prompt, MaxTokens, ignoreEnd: true);
            harness.RunToEnd();
            Assert.Equal(alone, SchedulerHarness.Answer(again));
        }
    }

    [Fact]
    public void A_token_is_seen_before_the_reader_can_have_it()
    {
        RecordingObserver observer = new();
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(SchedulerHarness.Prompt(8, 1), MaxTokens, ignoreEnd: true, observer: observer);
        List<int> readable = [];
        observer.Meanwhile = () => readable.Add(sequence.Output.Count);

        harness.RunToEnd();

        Assert.Equal(Enumerable.Range(0, MaxTokens), readable);
        Assert.Equal(Read(sequence), observer.Seen.Select(seen => seen.Token));
        Assert.All(observer.Seen, seen => Assert.Equal(seen.Text, sequence.Text.Read(seen.Token.Text.End.Value)));
        Assert.Equal(MaxTokens, observer.Seen[^1].Text.Length);
    }

    [Fact]
    public void Enough_at_the_token_limit_is_a_whole_answer()
    {
        // What may be the beginning of the stop string is held back until the last token.
        int[] prompt = SchedulerHarness.Prompt(8, 1);
        string text = Text(Alone(prompt));
        RecordingObserver observer = new(MaxTokens);
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(prompt, MaxTokens, ignoreEnd: true, stop: text[^3..] + "never said", observer: observer);

        harness.RunToEnd();

        Assert.Equal(FinishReason.Length, sequence.End.Result!.FinishReason);
        Assert.True(sequence.End.Result.IsWhole);
        Assert.Equal(text, observer.Seen[^1].Text);
        Assert.True(observer.Seen[^2].Text.Length < text.Length - 1);
    }

    [Fact]
    public void Enough_at_a_stop_string_or_an_end_token_is_a_whole_answer()
    {
        int[] prompt = SchedulerHarness.Prompt(8, 1);
        string stop = Text(Alone(prompt)).Substring(10, 4);
        AssertWhole(prompt, stop, StoppedAlone(prompt, stop));

        int[] ending = Enumerable.Range(0, 10_000).Select(seed => SchedulerHarness.Prompt(8, seed))
            .First(candidate => FakeModel.Answer(candidate, MaxTokens).Count is > 5 and < 20);
        AssertWhole(ending, null, FakeModel.Answer(ending, MaxTokens).Count);

        static void AssertWhole(int[] prompt, string? stop, int tokens)
        {
            RecordingObserver observer = new(tokens);
            using SchedulerHarness harness = new();
            Sequence sequence = harness.Add(prompt, MaxTokens, ignoreEnd: stop is not null, stop: stop, observer: observer);
            harness.RunToEnd();
            Assert.Equal((FinishReason.Stop, stop), (sequence.End.Result!.FinishReason, sequence.End.Result.StopString));
            Assert.Equal(tokens, observer.Seen.Count);
        }
    }

    private static int StoppedAlone(int[] prompt, string stop)
    {
        using SchedulerHarness harness = new();
        Sequence sequence = harness.Add(prompt, MaxTokens, ignoreEnd: true, stop: stop);
        harness.RunToEnd();
        Assert.Equal(FinishReason.Stop, sequence.End.Result!.FinishReason);
        return sequence.OutputTokens;
    }

    private static List<int> Alone(int[] prompt)
    {
        using SchedulerHarness harness = new(parallel: 1);
        Sequence sequence = harness.Add(prompt, MaxTokens, ignoreEnd: true);
        harness.RunToEnd();
        return SchedulerHarness.Answer(sequence);
    }

    private static List<AnswerEvent> Read(Sequence sequence)
    {
        List<AnswerEvent> events = [];
        while (sequence.Output.TryRead(out AnswerEvent next))
            events.Add(next);
        return events;
    }

    /// <summary>As the vocabulary of <see cref="FakeModel"/> spells it.</summary>
    private static string Text(List<int> tokens) => string.Concat(tokens.Select(token => (char)(' ' + (token % 95))));
}

/// <summary>Keeps what it is shown, and ends the answer once that is enough.</summary>
internal sealed class RecordingObserver(int enough = int.MaxValue) : IAnswerObserver
{
    public List<(AnswerEvent Token, string Text)> Seen { get; } = [];

    /// <summary>Called with every token, while its sequence waits.</summary>
    public Action? Meanwhile { get; set; }

    public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
    {
        Seen.Add((token, text.ToString()));
        Meanwhile?.Invoke();
        return Seen.Count < enough;
    }
}
