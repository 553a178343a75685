using System.Diagnostics;
using System.Threading.Channels;

using CascadeLocal.Contracts;

namespace CascadeLocal.Tests.Common;

/// <summary>
/// An answer whose tokens a test writes down, or lets come one by one. As a real member's, it is made beside its reader, as fast as
/// the script lets it: one that nobody reads, or that is stopped late, can be whole already.
/// </summary>
/// <param name="tokens">The texts of its tokens; an end-of-generation token has none. Its token is cancelled when the answer ends.</param>
public sealed class ScriptedAnswer(Func<CancellationToken, IAsyncEnumerable<string>> tokens) : IAnswer
{
    private readonly Channel<(AnswerEvent Event, char[] Text)> _events = Channel.CreateUnbounded<(AnswerEvent, char[])>();
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();

    // The maker's. What it has written of an array never changes, so that the reader may hold an older one.
    private char[] _made = new char[64];
    private int _length;
    private int _count;
    private Task _making = Task.CompletedTask;
    private int _isStarted;
    private long _startedAt;
    private MemberException? _break;

    // The reader's.
    private char[] _read = [];
    private int _end;

    public ScriptedAnswer(params string[] tokens)
        : this(_ => tokens.ToAsyncEnumerable())
    {
    }

    /// <summary>Why it ends when the script does.</summary>
    public FinishReason FinishReason { get; init; } = FinishReason.Stop;

    /// <summary>The stop string that ends it. The script does not hold it.</summary>
    public string? StopString { get; init; }

    /// <summary>What became of the draft that it was given.</summary>
    public DraftVerification? Draft { get; init; }

    public AnswerMarkup? Markup { get; init; }

    public int PromptTokens { get; init; } = 7;

    public int CachedTokens { get; init; } = 3;

    /// <summary>Tokens that it says were thought.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>What is told about every token.</summary>
    public TokenSignals? Signals { get; init; } = default(TokenSignals);

    /// <summary>Ends when the answer has ended as cancelled.</summary>
    public Task Cancelled => _cancelled.Task;

    /// <summary>Ends when the answer has, whether it was read or not.</summary>
    public Task Ended => _ended.Task;

    public ReadOnlySpan<char> Text => _read.AsSpan(0, _end);

    /// <summary>Tokens, and then nothing until the answer is stopped.</summary>
    public static ScriptedAnswer Endless(params string[] tokens) =>
        new(stop => ThenWait(tokens, Task.Delay(Timeout.Infinite, stop)));

    /// <summary>Tokens, and then a failure.</summary>
    public static ScriptedAnswer Failing(params string[] tokens) => Failing(new EngineException("it broke"), tokens);

    /// <summary>Tokens, and then a failure.</summary>
    public static ScriptedAnswer Failing(MemberException failure, params string[] tokens) =>
        new(_ => ThenWait(tokens, Task.FromException(failure)));

    /// <summary>Tokens of which those after the first <paramref name="before"/> come when <paramref name="go"/> has ended.</summary>
    public static ScriptedAnswer Paused(Task go, int before, params string[] tokens) => new(_ => Pause(go, before, tokens));

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) => _events.Reader.WaitToReadAsync(cancellationToken);

    public bool TryRead(out AnswerEvent next)
    {
        bool isThere = _events.Reader.TryRead(out (AnswerEvent Event, char[] Text) read);
        next = read.Event;
        if (isThere && next.IsToken)
            (_read, _end) = (read.Text, next.Text.End.Value);
        return isThere;
    }

    // What waits goes on elsewhere, never on the thread that stops it.
    public void Stop() => _ = _stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _making;
    }

    internal void Start(GenerationRequest request, IAnswerObserver? observer, Action ended)
    {
        if (Interlocked.Exchange(ref _isStarted, 1) != 0)
            throw new InvalidOperationException("A scripted answer is given once.");
        _startedAt = Stopwatch.GetTimestamp();
        _making = Task.Run(() => MakeAsync(request, observer, ended));
    }

    /// <summary>Ends it with a failure, unless it has ended.</summary>
    internal void Break(MemberException failure)
    {
        Volatile.Write(ref _break, failure);
        Stop();
    }

    private async Task MakeAsync(GenerationRequest request, IAnswerObserver? observer, Action ended)
    {
        AnswerEvent end;
        try
        {
            FinishReason reason = await TellAsync(request, observer);
            end = reason == FinishReason.Cancelled && Volatile.Read(ref _break) is { } failure
                ? new() { Failure = failure }
                : new() { Result = ResultOf(reason) };
        }
        catch (Exception thrown)
        {
            end = new() { Failure = thrown as MemberException ?? new EngineException(thrown.Message, thrown) };
        }

        ended();
        _events.Writer.TryWrite((end, _made));
        _events.Writer.Complete();
        if (end.Result?.FinishReason == FinishReason.Cancelled)
            _cancelled.TrySetResult();
        _ended.TrySetResult();
    }

    private async Task<FinishReason> TellAsync(GenerationRequest request, IAnswerObserver? observer)
    {
        IAsyncEnumerator<string> script = tokens(_stop.Token).GetAsyncEnumerator(_stop.Token);
        Task<bool> move = Task.FromResult(false);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                move = script.MoveNextAsync().AsTask();
                // Whole is what ends at the limit by itself and at once.
                if (_count == request.MaxTokens && !(move.IsCompletedSuccessfully && !await move))
                    return FinishReason.Length;
                if (!await move.WaitAsync(_stop.Token))
                    return FinishReason;
                if (!Take(script.Current, request.TopCandidates, observer))
                    return FinishReason.Cancelled;
            }

            return FinishReason.Cancelled;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return FinishReason.Cancelled;
        }
        finally
        {
            _ = CloseAsync(script, move);
        }
    }

    private bool Take(string piece, int? candidates, IAnswerObserver? observer)
    {
        int start = _length;
        _length += piece.Length;
        if (_length > _made.Length)
            Array.Resize(ref _made, Math.Max(_length, 2 * _made.Length));
        piece.CopyTo(_made.AsSpan(start));
        AnswerEvent token = new() { Token = _count++, Text = start.._length, Signals = Signals, Candidates = CandidatesFor(piece, candidates) };
        bool goesOn = observer?.OnToken(token, _made.AsSpan(0, _length)) ?? true;
        _events.Writer.TryWrite((token, _made));
        return goesOn;
    }

    // Itself at -0.5, and as the best; then a, b and so on, each half a nat behind the one before.
    private static List<TokenCandidate>? CandidatesFor(string piece, int? count) => count is not { } wanted ? null :
    [
        new(piece, -0.5f),
        .. Enumerable.Range(0, wanted).Select(i => new TokenCandidate(i == 0 ? piece : ((char)('a' + i - 1)).ToString(), -0.5f * (i + 1))),
    ];

    // Not waited for: a script may be in the middle of something that does not heed its token.
    private async Task CloseAsync(IAsyncEnumerator<string> script, Task move)
    {
        Stop();
        await move.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await script.DisposeAsync();
    }

    private GenerationResult ResultOf(FinishReason reason) => new()
    {
        FinishReason = reason,
        StopString = reason == FinishReason.Stop ? StopString : null,
        PromptTokens = PromptTokens,
        CachedTokens = CachedTokens,
        OutputTokens = _count,
        ReasoningTokens = ReasoningTokens,
        SubmittedAt = _startedAt,
        TimeToFirstToken = TimeSpan.FromMilliseconds(10),
        EndToEnd = TimeSpan.FromMilliseconds(10 + (2 * Math.Max(0, _count - 1))),
        Draft = Draft,
    };

    private static async IAsyncEnumerable<string> ThenWait(string[] tokens, Task end)
    {
        foreach (string token in tokens)
            yield return token;
        await end;
    }

    private static async IAsyncEnumerable<string> Pause(Task go, int before, string[] tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if (i == before)
                await go;
            yield return tokens[i];
        }
    }
}
