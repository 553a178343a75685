using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>Keeps what an observer sees. It can end the answer with a token, or hold the member in the middle of one.</summary>
internal sealed class Watcher : IAnswerObserver
{
    private readonly List<(AnswerEvent Token, string Text)> _seen = [];
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The token that ends the answer, counted from 1; 0 for none.</summary>
    public int EndAt { get; init; }

    /// <summary>The token in which the member is held until <see cref="LetGo"/>, counted from 1; 0 for none.</summary>
    public int HoldAt { get; init; }

    /// <summary>The tokens so far, each with the text as it was then.</summary>
    public IReadOnlyList<(AnswerEvent Token, string Text)> Seen
    {
        get
        {
            lock (_seen)
                return [.. _seen];
        }
    }

    /// <summary>Waits until the member is held.</summary>
    public Task HeldAsync() => _isHeld.Task.WaitAsync(TestContext.Current.CancellationToken);

    public void LetGo() => _go.TrySetResult();

    public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
    {
        int count;
        lock (_seen)
        {
            _seen.Add((token, text.ToString()));
            count = _seen.Count;
        }

        if (count == HoldAt)
        {
            _isHeld.SetResult();
            _go.Task.Wait(MemberContract.Deadline);
        }

        return count != EndAt;
    }
}

/// <summary>An answer that was read to its end, which was held to what is true of all answers.</summary>
internal sealed class Reading
{
    private readonly List<AnswerEvent> _tokens = [];
    private readonly List<string> _pieces = [];
    private int _length;

    public IReadOnlyList<AnswerEvent> Tokens => _tokens;

    /// <summary>The text that each token released.</summary>
    public IReadOnlyList<string> Pieces => _pieces;

    public string Text => string.Concat(_pieces);

    public AnswerEvent End { get; private set; }

    public GenerationResult Result => End.Result ?? throw End.Failure!;

    public static async Task<Reading> OfAsync(IAnswer answer)
    {
        Reading reading = new();
        bool hasEnded = false;
        while (await answer.WaitAsync(TestContext.Current.CancellationToken))
        {
            while (answer.TryRead(out AnswerEvent next))
            {
                Assert.False(hasEnded, "An event follows the end.");
                hasEnded = !next.IsToken;
                reading.Take(next, answer);
            }
        }

        Assert.True(hasEnded, "The end is missing.");
        Assert.False(await answer.WaitAsync(TestContext.Current.CancellationToken));
        Assert.False(answer.TryRead(out _));
        Assert.Equal(reading.Text, answer.Text.ToString());
        return reading;
    }

    private void Take(AnswerEvent next, IAnswer answer)
    {
        if (next.IsToken)
        {
            Assert.Equal(_length..answer.Text.Length, next.Text);
            _tokens.Add(next);
            _pieces.Add(answer.TextOf(next));
            _length = answer.Text.Length;
        }
        else
        {
            Assert.True(next.Result is null != next.Failure is null);
            End = next;
        }
    }
}
