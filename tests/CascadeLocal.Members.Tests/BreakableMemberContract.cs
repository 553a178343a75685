using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>What holds besides of members that a test can break, or silence, in the middle of an answer.</summary>
public abstract class BreakableMemberContract : MemberContract
{
    /// <summary>Asks for an answer that fails after at least two tokens.</summary>
    protected abstract GenerationRequest Breaking();

    /// <summary>Asks for an answer of two tokens after which nothing comes any more.</summary>
    protected abstract GenerationRequest Silent();

    [Fact(Timeout = Deadline)]
    public async Task A_failure_is_the_one_end_of_its_answer()
    {
        Watcher watcher = new();
        await using IAnswer answer = await StartAsync(Breaking(), watcher);

        Reading reading = await Reading.OfAsync(answer);
        answer.Stop();

        Assert.IsAssignableFrom<MemberException>(reading.End.Failure);
        Assert.Null(reading.End.Result);
        Assert.True(reading.Tokens.Count >= 2);
        Assert.Equal(watcher.Seen.Select(s => s.Token), reading.Tokens);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failure_of_an_answer_that_nobody_reads_is_still_its_end_after_a_stop()
    {
        await using IAnswer answer = await StartAsync(Breaking());
        await IdleAsync();

        answer.Stop();

        await Assert.ThrowsAnyAsync<MemberException>(() => answer.FinishAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Deadline)]
    public async Task A_failure_leaves_other_answers_alone()
    {
        Watcher watcher = new() { HoldAt = 1 };
        await using IAnswer other = await StartAsync(Endless() with { MaxTokens = 8 }, watcher);
        await watcher.HeldAsync();
        await using (IAnswer breaking = await StartAsync(Breaking()))
            Assert.NotNull((await Reading.OfAsync(breaking)).End.Failure);

        watcher.LetGo();

        Assert.Equal(FinishReason.Length, (await Reading.OfAsync(other)).Result.FinishReason);
        await IdleAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_silent_answer_is_taken_at_once_and_its_tokens_can_be_read()
    {
        await using IAnswer answer = await StartAsync(Silent());

        for (int i = 0; i < 2; i++)
        {
            Assert.True(await answer.WaitAsync(TestContext.Current.CancellationToken));
            Assert.True(answer.TryRead(out AnswerEvent token));
            Assert.True(token.IsToken);
        }

        Assert.False(answer.TryRead(out _));
        Task<bool> wait = answer.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(wait.IsCompleted);
        Assert.Equal(1, Member.Load.Running);

        answer.Stop();
        Assert.True(await wait);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_stop_ends_a_silent_answer()
    {
        Watcher watcher = new();
        await using IAnswer answer = await StartAsync(Silent(), watcher);
        await UntilAsync(() => watcher.Seen.Count == 2);

        answer.Stop();
        Reading reading = await Reading.OfAsync(answer);

        Assert.Equal((FinishReason.Cancelled, 2), (reading.Result.FinishReason, reading.Tokens.Count));
        await IdleAsync();
    }

    [Fact(Timeout = Deadline)]
    public async Task A_silent_answer_ends_when_it_is_disposed()
    {
        Watcher watcher = new();
        IAnswer answer = await StartAsync(Silent(), watcher);
        await UntilAsync(() => watcher.Seen.Count == 2);

        await answer.DisposeAsync();

        await IdleAsync();
        Assert.Equal(2, watcher.Seen.Count);
    }
}
