using System.Threading.Channels;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>
/// An answer that comes over the wire. One task, which <see cref="Begin"/> starts, reads the wire, asks the observer and fills the channel;
/// one reader takes from it. They share nothing else but the text, to which the task only ever adds.
/// </summary>
internal sealed class RemoteAnswer : IAnswer
{
    /// <summary>Tokens that a reader may lag behind before it counts as gone, as with local members: a bound on memory, no measure of patience.</summary>
    public const int MaxUnread = 16_384;

    private const int MaxCharacters = 16 * 1024 * 1024;

    private readonly Channel<AnswerEvent> _channel = Channel.CreateBounded<AnswerEvent>(
        new BoundedChannelOptions(MaxUnread) { SingleReader = true, SingleWriter = true });

    private readonly IAnswerObserver? _observer;
    private readonly long _cameAt;
    private readonly long _sentAt;
    private volatile char[] _text = new char[512];
    private int _written;
    private int _released;
    private long _firstTokenAt;
    private long _lastTokenAt;
    private volatile bool _stopRequested;
    private volatile bool _isDisplaced;
    private volatile bool _hasEnded;
    private AnswerEvent _end;
    private bool _endWasRead;

    private RemoteAnswer(IAnswerObserver? observer, long cameAt, long sentAt, TimeProvider clock)
    {
        _observer = observer;
        Clock = clock;
        (_cameAt, _sentAt) = (cameAt, sentAt);
        Abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
    }

    /// <summary>Gives its times.</summary>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _released);

    /// <inheritdoc/>
    public AnswerMarkup? Markup { get; private init; }

    /// <summary>Ends the reading of the wire, and with it the connection.</summary>
    public CancellationTokenSource Abort { get; }

    /// <summary>The task that reads the wire; it never fails.</summary>
    public Task Reading { get; private set; } = Task.CompletedTask;

    /// <summary>Whether somebody wants no more of it.</summary>
    public bool StopRequested => _stopRequested;

    /// <summary>Whether it has to give way.</summary>
    public bool IsDisplaced => _isDisplaced;

    /// <summary>Tokens that came.</summary>
    public int Tokens { get; private set; }

    /// <summary>Begins to read an answer whose headers have come.</summary>
    /// <param name="observer">Sees its tokens first.</param>
    /// <param name="markup">How calls stand in its text.</param>
    /// <param name="cameAt">When it began to wait until it could be sent, as the clock's timestamp.</param>
    /// <param name="sentAt">When the request was sent, as the clock's timestamp.</param>
    /// <param name="clock">Gives the times.</param>
    /// <param name="read">Reads the wire into the answer to its end, lets go of everything it holds, and gives the end.</param>
    /// <param name="afterwards">What is left to do once the reader has the end; bounded in time.</param>
    public static RemoteAnswer Begin(
        IAnswerObserver? observer, AnswerMarkup? markup, long cameAt, long sentAt, TimeProvider clock, Func<RemoteAnswer, Task<AnswerEvent>> read,
        Func<Task> afterwards)
    {
        RemoteAnswer answer = new(observer, cameAt, sentAt, clock) { Markup = markup };
        answer.Reading = Task.Run(async () =>
        {
            answer._end = await read(answer);
            answer._hasEnded = true;
            answer._channel.Writer.Complete();
            await afterwards();
            answer.Abort.Dispose();
        });
        return answer;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) =>
        await _channel.Reader.WaitToReadAsync(cancellationToken) || !_endWasRead;

    /// <inheritdoc/>
    public bool TryRead(out AnswerEvent next)
    {
        // Asked before the channel: what is in it now was written before the end.
        bool hasEnded = _hasEnded;
        if (_channel.Reader.TryRead(out next))
        {
            _released = next.Text.End.Value;
            return true;
        }

        if (!hasEnded || _endWasRead)
            return false;
        _endWasRead = true;
        next = _end;
        return true;
    }

    /// <inheritdoc/>
    public void Stop()
    {
        _stopRequested = true;
        if (!_hasEnded)
            Cancel();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stop();
        await Reading;
    }

    /// <summary>Ends the reading without asking for a stop: the answer fails.</summary>
    public void Cancel()
    {
        try
        {
            Abort.Cancel();
        }
        catch (Exception e) when (e is ObjectDisposedException or AggregateException)
        {
            // It has ended meanwhile, which is what was wanted.
        }
    }

    /// <summary>Ends the reading: somebody who goes before its request needs the place.</summary>
    public void Displace()
    {
        _isDisplaced = true;
        Cancel();
    }

    /// <summary>Takes a token. On the reading task.</summary>
    /// <param name="piece">The text it released.</param>
    /// <param name="token">What is known of it.</param>
    /// <returns>False where the answer is to end with it: its observer wants no more, somebody stopped it, or nobody reads.</returns>
    /// <exception cref="EngineException">The text is longer than any answer.</exception>
    public bool Add(ReadOnlySpan<char> piece, AnswerEvent token)
    {
        _lastTokenAt = Clock.GetTimestamp();
        if (Tokens++ == 0)
            _firstTokenAt = _lastTokenAt;
        Append(piece);
        token = token with { Text = (_written - piece.Length).._written };
        bool goesOn = _observer?.OnToken(token, _text.AsSpan(0, _written)) ?? true;
        // What has come already and was not looked at is no part of an answer that was stopped.
        return _channel.Writer.TryWrite(token) && goesOn && !_stopRequested;
    }

    /// <summary>How it went.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="stopString">The stop string that ended it, where that is told.</param>
    /// <param name="usage">The tokens that the endpoint counted; null where it did not say.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="showsThought">Whether what it thought came as tokens.</param>
    public GenerationResult Result(FinishReason reason, string? stopString, WireUsage? usage, int promptTokens, bool showsThought)
    {
        int outputTokens = usage?.CompletionTokens is > 0 and int counted ? counted : Tokens;
        int reasoningTokens = Math.Clamp(usage?.CompletionTokensDetails?.ReasoningTokens ?? 0, 0, Math.Max(0, usage?.CompletionTokens ?? 0));
        return new()
        {
            FinishReason = reason,
            StopString = stopString,
            IsStopped = stopString is not null,
            PromptTokens = promptTokens,
            CachedTokens = Math.Clamp(usage?.PromptTokensDetails?.CachedTokens ?? 0, 0, Math.Max(0, usage?.PromptTokens ?? 0)),
            OutputTokens = outputTokens,
            ReasoningTokens = reasoningTokens,
            // Where it came as text that no server calls reasoning, it came as tokens, too.
            UnseenTokens = showsThought ? 0 : Math.Min(reasoningTokens, Math.Max(0, outputTokens - Tokens)),
            SubmittedAt = _sentAt,
            WaitTime = Clock.GetElapsedTime(_cameAt, _sentAt),
            TimeToFirstToken = Tokens > 0 ? Clock.GetElapsedTime(_sentAt, _firstTokenAt) : TimeSpan.Zero,
            EndToEnd = Tokens > 0 ? Clock.GetElapsedTime(_sentAt, _lastTokenAt) : TimeSpan.Zero,
        };
    }

    private void Append(ReadOnlySpan<char> piece)
    {
        if (_written + piece.Length > MaxCharacters)
            throw new EngineException($"The answer is longer than {MaxCharacters} characters.");
        if (_written + piece.Length > _text.Length)
        {
            // The reader may go on in the old one: what it has released is in both.
            char[] larger = new char[Math.Max(2 * _text.Length, _written + piece.Length)];
            _text.AsSpan(0, _written).CopyTo(larger);
            _text = larger;
        }

        piece.CopyTo(_text.AsSpan(_written));
        _written += piece.Length;
    }
}
