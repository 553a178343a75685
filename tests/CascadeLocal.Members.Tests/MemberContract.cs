using System.Diagnostics;

using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>
/// What holds of every kind of member. A kind says how it is started and what to ask it to get an answer of a certain course; asked
/// the same again, it answers the same.
/// </summary>
public abstract class MemberContract : IAsyncLifetime
{
    /// <summary>How long a test may take, in ms: none of them waits for anything that takes long.</summary>
    internal const int Deadline = 60_000;

    protected IMember Member { get; private set; } = null!;

    /// <summary>Starts a member that works on at least four requests at once.</summary>
    protected abstract ValueTask<IMember> StartMemberAsync();

    /// <summary>Asks for an answer of at least one token that comes to an end of its own.</summary>
    protected abstract GenerationRequest Whole();

    /// <summary>Asks for an answer that outlasts a test. Those about different topics, from 0 to 3, differ in their first tokens.</summary>
    protected abstract GenerationRequest Endless(int topic = 0);

    /// <summary>Requests that it does not take, with the type that says why.</summary>
    protected abstract IReadOnlyList<(GenerationRequest Request, Type Refusal)> Refused();

    /// <summary>
    /// Whether each of its tokens is an event. Where it is not, events are fewer than the tokens that it counts: a member elsewhere may
    /// send several in one piece, and nothing for one without text.
    /// </summary>
    protected virtual bool TellsEveryToken => true;

    /// <summary>Whether it says which stop string ended an answer.</summary>
    protected virtual bool TellsStopStrings => true;

    public async ValueTask InitializeAsync() => Member = await StartMemberAsync();

    public virtual ValueTask DisposeAsync()
    {
        Member.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = Deadline)]
    public async Task An_answer_that_is_done_ends_with_stop()
    {
        Reading reading = await ReadAsync(Whole());

        Assert.Equal((FinishReason.Stop, null, true), (reading.Result.FinishReason, reading.Result.StopString, reading.Result.IsWhole));
        Assert.NotEmpty(reading.Tokens);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task The_token_limit_ends_an_answer_with_length(int limit)
    {
        Reading reading = await ReadAsync(Endless() with { MaxTokens = limit });

        Assert.Equal((FinishReason.Length, true), (reading.Result.FinishReason, reading.Result.IsWhole));
        Assert.Equal(limit, reading.Result.OutputTokens);
        AssertCounted(reading);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_stop_string_ends_an_answer_and_is_no_part_of_it()
    {
        GenerationRequest request = Endless() with { MaxTokens = 12 };
        Reading free = await ReadAsync(request);
        string stop = TellsEveryToken
            ? free.Pieces.Skip(4).First(p => p.Length > 0 && !p.Contains('\uFFFD', StringComparison.Ordinal))
            : free.Text[4..].First(char.IsAscii).ToString();

        Reading reading = await ReadAsync(request with { Stop = ["is not in it", stop] });

        Assert.Equal(
            (FinishReason.Stop, TellsStopStrings ? stop : null, true),
            (reading.Result.FinishReason, reading.Result.StopString, reading.Result.IsWhole));
        Assert.Equal(free.Text[..free.Text.IndexOf(stop, StringComparison.Ordinal)], reading.Text);
        Assert.InRange(reading.Result.OutputTokens, 1, 12);
        AssertCounted(reading);
    }

    [Fact(Timeout = Deadline)]
    public async Task Usage_and_times_are_those_of_the_events()
    {
        foreach (GenerationRequest request in (GenerationRequest[])[Whole(), Endless() with { MaxTokens = 1 }, Endless() with { MaxTokens = 5 }])
        {
            Reading reading = await ReadAsync(request);

            GenerationResult result = reading.Result;
            AssertCounted(reading);
            Assert.InRange(result.PromptTokens, 1, Member.Capabilities.ContextLength);
            Assert.InRange(result.CachedTokens, 0, result.PromptTokens);
            Assert.InRange(result.TimeToFirstToken, TimeSpan.Zero, result.EndToEnd);
            Assert.Equal(result.OutputTokens < 2, result.TimePerOutputToken is null);
            Assert.All(reading.Tokens, token => Assert.Equal(0, token.Choice));
        }
    }

    [Fact(Timeout = Deadline)]
    public async Task Of_every_token_it_tells_what_its_capabilities_say()
    {
        Reading reading = await ReadAsync(Endless() with { MaxTokens = 6 });

        SignalKind kind = Member.Capabilities.Signals;
        Assert.All(reading.Tokens, token =>
        {
            Assert.Equal(kind == SignalKind.None, token.Signals is null);
            if (token.Signals is not { } signals)
                return;
            Assert.True(signals.LogProbability <= 0);
            Assert.True(kind == SignalKind.LogProbability ? float.IsNaN(signals.Entropy) : signals.Entropy >= 0);
            Assert.True(kind == SignalKind.LogProbability ? float.IsNaN(signals.Margin) : signals.Margin >= 0);
        });
    }

    [Fact(Timeout = Deadline)]
    public async Task The_observer_sees_the_tokens_and_the_growing_text_that_the_reader_reads()
    {
        Watcher watcher = new();

        Reading reading = await ReadAsync(Endless() with { MaxTokens = 12 }, watcher);

        Assert.Equal(reading.Tokens, watcher.Seen.Select(s => s.Token));
        Assert.Equal(
            Enumerable.Range(1, reading.Pieces.Count).Select(count => string.Concat(reading.Pieces.Take(count))),
            watcher.Seen.Select(s => s.Text));
    }

    [Fact(Timeout = Deadline)]
    public async Task The_observer_sees_a_token_before_the_reader_can()
    {
        int limit = TellsEveryToken ? 3 : 400;
        Watcher watcher = new() { HoldAt = 2 };
        await using IAnswer answer = await StartAsync(Endless() with { MaxTokens = limit }, watcher);
        await watcher.HeldAsync();

        Assert.True(answer.TryRead(out AnswerEvent first));
        Assert.False(answer.TryRead(out _));

        watcher.LetGo();
        Assert.Equal(watcher.Seen[0].Token, first);
        Assert.Equal(limit, (await answer.FinishAsync(TestContext.Current.CancellationToken)).OutputTokens);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public async Task An_observer_ends_an_answer_with_the_token_that_it_was_shown(int last)
    {
        Watcher watcher = new() { EndAt = last };

        Reading reading = await ReadAsync(Endless(), watcher);
        await IdleAsync();

        Assert.Equal((FinishReason.Cancelled, last, false), (reading.Result.FinishReason, reading.Result.OutputTokens, reading.Result.IsWhole));
        Assert.Equal((last, last), (reading.Tokens.Count, watcher.Seen.Count));
        Assert.Equal(watcher.Seen[^1].Text, reading.Text);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_answer_that_is_stopped_ends_within_one_token()
    {
        Watcher watcher = new() { HoldAt = 3 };
        await using IAnswer answer = await StartAsync(Endless(), watcher);
        await watcher.HeldAsync();

        await Task.Run(answer.Stop, TestContext.Current.CancellationToken);
        watcher.LetGo();
        Reading reading = await Reading.OfAsync(answer);

        Assert.Equal(FinishReason.Cancelled, reading.Result.FinishReason);
        Assert.InRange(reading.Tokens.Count, 3, 4);
        Assert.Equal((reading.Tokens.Count, reading.Tokens.Count), (reading.Result.OutputTokens, watcher.Seen.Count));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_stop_ends_an_answer_that_nobody_reads()
    {
        Watcher watcher = new();
        await using IAnswer answer = await StartAsync(Endless(), watcher);
        await UntilAsync(() => watcher.Seen.Count >= 2);

        await Task.Run(answer.Stop, TestContext.Current.CancellationToken);
        await IdleAsync();

        Reading reading = await Reading.OfAsync(answer);
        Assert.Equal(FinishReason.Cancelled, reading.Result.FinishReason);
        Assert.Equal(watcher.Seen.Select(s => s.Token), reading.Tokens);
    }

    [Theory(Timeout = Deadline)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_after_the_end_leaves_an_unread_answer_whole(bool endsItself)
    {
        GenerationRequest request = endsItself ? Whole() : Endless() with { MaxTokens = 20 };
        Reading undisturbed = await ReadAsync(request);
        await using IAnswer answer = await StartAsync(request);
        await IdleAsync();

        answer.Stop();
        Reading reading = await Reading.OfAsync(answer);

        Assert.Equal((undisturbed.Text, endsItself ? FinishReason.Stop : FinishReason.Length), (reading.Text, reading.Result.FinishReason));
        Assert.Equal(undisturbed.Result.OutputTokens, reading.Result.OutputTokens);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_stop_never_fails()
    {
        IAnswer answer = await StartAsync(Endless());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(answer.Stop, TestContext.Current.CancellationToken)));
        Reading reading = await Reading.OfAsync(answer);
        answer.Stop();
        await answer.DisposeAsync();
        answer.Stop();

        Assert.Equal(FinishReason.Cancelled, reading.Result.FinishReason);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_wait_that_is_cancelled_loses_nothing_and_the_answer_goes_on()
    {
        GenerationRequest request = Endless() with { MaxTokens = 6 };
        Reading undisturbed = await ReadAsync(request);
        Watcher watcher = new() { HoldAt = 1 };
        await using IAnswer answer = await StartAsync(request, watcher);
        await watcher.HeldAsync();
        using CancellationTokenSource leave = new();

        Task<bool> wait = answer.WaitAsync(leave.Token).AsTask();
        Assert.False(wait.IsCompleted);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);

        watcher.LetGo();
        Reading reading = await Reading.OfAsync(answer);
        Assert.Equal((undisturbed.Text, FinishReason.Length), (reading.Text, reading.Result.FinishReason));
        Assert.Equal(undisturbed.Result.OutputTokens, reading.Result.OutputTokens);
        AssertCounted(reading);
    }

    [Fact(Timeout = Deadline)]
    public async Task An_answer_ends_when_it_is_disposed_unread()
    {
        Watcher watcher = new();
        IAnswer answer = await StartAsync(Endless(), watcher);
        await UntilAsync(() => watcher.Seen.Count >= 1);

        await answer.DisposeAsync();

        await IdleAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task Leaving_the_reading_stops_the_answer()
    {
        await using IAnswer answer = await StartAsync(Endless());

        await foreach (AnswerEvent token in answer.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.True(token.IsToken);
            break;
        }

        Assert.Equal(FinishReason.Cancelled, (await answer.FinishAsync(TestContext.Current.CancellationToken)).FinishReason);
    }

    [Fact(Timeout = Deadline)]
    public async Task Answers_side_by_side_do_not_mix()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 4).Select(topic => Endless(topic) with { MaxTokens = 24 })];
        List<string> alone = [];
        foreach (GenerationRequest request in requests)
            alone.Add((await ReadAsync(request)).Text);

        Reading[] together = await Task.WhenAll(requests.Select(request => ReadAsync(request)));

        Assert.Equal(4, alone.Distinct().Count());
        Assert.Equal(alone, together.Select(r => r.Text));
    }

    [Fact(Timeout = Deadline)]
    public async Task What_it_does_not_take_is_refused_with_the_reason()
    {
        foreach ((GenerationRequest request, Type refusal) in Refused())
        {
            Exception thrown = await Assert.ThrowsAnyAsync<MemberException>(async () => await StartAsync(request));
            Assert.IsType(refusal, thrown);
        }

        await IdleAsync();
        Assert.NotEmpty((await ReadAsync(Whole())).Tokens);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_request_that_was_taken_back_is_not_answered()
    {
        Watcher watcher = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Member.StartAsync(Endless(), watcher, new CancellationToken(canceled: true)));

        await IdleAsync();
        Assert.Empty(watcher.Seen);
    }

    [Fact(Timeout = Deadline)]
    public async Task Its_load_is_what_it_works_on()
    {
        Watcher[] watchers = [new() { HoldAt = 1 }, new()];
        await using IAnswer held = await StartAsync(Endless(), watchers[0]);
        await watchers[0].HeldAsync();
        Assert.Equal(new MemberLoad(0, 1), Member.Load);

        await using IAnswer second = await StartAsync(Endless(1), watchers[1]);
        MemberLoad both = Member.Load;
        Assert.Equal(2, both.Waiting + both.Running);

        watchers[0].LetGo();
        held.Stop();
        second.Stop();
        await IdleAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_member_that_is_disposed_ends_its_answers_and_takes_no_more()
    {
        Watcher watcher = new();
        await using IAnswer answer = await StartAsync(Endless(), watcher);
        await UntilAsync(() => watcher.Seen.Count >= 1);

        await Task.Run(Member.Dispose, TestContext.Current.CancellationToken);

        Assert.IsType<EngineException>((await Reading.OfAsync(answer)).End.Failure);
        await Assert.ThrowsAnyAsync<MemberException>(async () => await StartAsync(Whole()));
    }

    [Fact(Timeout = Deadline)]
    public async Task No_thread_is_left_of_answers_that_ended()
    {
        await ReadAsync(Whole());
        int before = OwnThreads();

        for (int i = 0; i < 30; i++)
        {
            await ReadAsync(Whole());
            await using IAnswer stopped = await StartAsync(Endless());
            stopped.Stop();
        }

        await IdleAsync();
        // The runtime has a few of its own that come and go.
        await UntilAsync(() => OwnThreads() < before + 15);
    }

    protected async Task<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer = null) =>
        await Member.StartAsync(request, observer, TestContext.Current.CancellationToken);

    /// <summary>Waits until it works on nothing.</summary>
    protected Task IdleAsync() => UntilAsync(() => Member.Load == default);

    protected static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    private async Task<Reading> ReadAsync(GenerationRequest request, IAnswerObserver? observer = null)
    {
        await using IAnswer answer = await StartAsync(request, observer);
        return await Reading.OfAsync(answer);
    }

    private void AssertCounted(Reading reading)
    {
        int counted = reading.Result.OutputTokens;
        Assert.InRange(reading.Tokens.Count, TellsEveryToken ? counted : 0, counted);
    }

    private static int OwnThreads()
    {
        using Process process = Process.GetCurrentProcess();
        return process.Threads.Count - ThreadPool.ThreadCount;
    }
}
