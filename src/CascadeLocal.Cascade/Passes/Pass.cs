using System.Diagnostics;
using System.Text;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;
using CascadeLocal.Routing.Judging.Answers;
using CascadeLocal.Routing.Judging.EarlyVerdicts;
using CascadeLocal.Routing.Judging.Signals;

namespace CascadeLocal.Cascade.Passes;

/// <summary>
/// One member's work on a request while it runs: its tokens are judged as they come, and its text is held back until it may be
/// shown. Not for several threads at once, but for <see cref="Stop"/>.
/// </summary>
/// <param name="model">The member.</param>
/// <param name="generation">Its running answer.</param>
/// <param name="verdict">Judges it; null where nothing does.</param>
/// <param name="isGated">Whether it may be rejected.</param>
/// <param name="holds">Whether its text is held back until <see cref="Open"/>.</param>
/// <param name="draftTokens">Tokens of a rejected answer that it was offered.</param>
internal sealed class Pass(string model, IMemberGeneration generation, RunningVerdict? verdict, bool isGated, bool holds, int draftTokens)
    : IDisposable
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly StringBuilder _held = new();
    private readonly List<int> _tokens = [];
    private readonly bool _wasGated = isGated;
    private IAsyncEnumerator<GenerationChunk>? _chunks;
    private long _firstAt;
    private long _lastAt;
    private int _count;
    private TimeSpan? _heldFor;
    private volatile bool _stopped;

    /// <summary>The member.</summary>
    public string Model => model;

    /// <summary>Tokens of a rejected answer that it was offered.</summary>
    public int DraftTokens => draftTokens;

    /// <summary>Whether its answer can still be rejected.</summary>
    public bool IsGated { get; private set; } = isGated;

    /// <summary>What the last token released that is to be shown now.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Whether there is text that was not shown.</summary>
    public bool HoldsText => _held.Length > 0;

    /// <summary>The tokens so far; kept only where the answer could be rejected.</summary>
    public int[] Tokens => [.. _tokens];

    /// <summary>How it went; null while it runs and after a failure.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Whether the answer has come to its own end.</summary>
    public bool IsWhole => Result is { FinishReason: not FinishReason.Cancelled };

    /// <summary>The verdict so far.</summary>
    public Verdict Verdict => verdict?.Verdict ?? Verdict.Continue;

    /// <summary>Whether the verdict fell before the end.</summary>
    public bool IsEarly => verdict?.IsEarly ?? false;

    /// <summary>How many tokens have come.</summary>
    public int Count => _count;

    /// <summary>The chance that the answer is right; null before it was judged.</summary>
    public double? OwnProbability => verdict?.OwnProbability;

    /// <summary>The chance that the target's answer is; null before it was judged.</summary>
    public double? TargetProbability => verdict?.TargetProbability;

    /// <summary>Goes to the next token; false at the end.</summary>
    /// <inheritdoc cref="IMemberGeneration.ReadAllAsync" path="/exception"/>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        Text = "";
        _chunks ??= generation.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        if (!await _chunks.MoveNextAsync())
            return false;
        Take(_chunks.Current);
        return true;
    }

    /// <summary>Takes the end: the result, and the verdict if it has not fallen yet.</summary>
    public void Finish()
    {
        Result = generation.Result;
        if (IsWhole)
            verdict?.Finish(Result.FinishReason == FinishReason.Length ? AnswerEnd.Length : AnswerEnd.Stop);
    }

    /// <summary>For how long, from the first token on, the verdict kept the text from being shown; once there is a result.</summary>
    public TimeSpan HeldFor => _heldFor ?? (_wasGated ? Result!.EndToEnd - Result.TimeToFirstToken : TimeSpan.Zero);

    /// <summary>From now on it cannot be rejected.</summary>
    public void Accept()
    {
        IsGated = false;
        _heldFor = Stopwatch.GetElapsedTime(_firstAt, _lastAt);
    }

    /// <summary>Gives the text that was held back; from now on none is.</summary>
    public string Open()
    {
        holds = false;
        string text = _held.ToString();
        _held.Clear();
        return text;
    }

    /// <summary>Ends the decoding within one step; reading it then comes to an end. Any thread.</summary>
    public void Stop()
    {
        _stopped = true;
        generation.Dispose();
    }

    /// <summary>Ends it while nobody reads it, and takes what its beginning took. Never fails.</summary>
    public async Task StopAndFinishAsync()
    {
        Stop();
        try
        {
            while (_chunks is not null && await _chunks.MoveNextAsync())
            {
                // Decoded before it could be stopped.
            }

            Result = generation.Result;
        }
        catch (Exception e) when (IsOwnEnd(e))
        {
            Result = Measured();
        }

        await CloseAsync();
    }

    /// <summary>Ends the reading, wherever it is.</summary>
    public ValueTask CloseAsync() => _chunks?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Whether an error is nothing but the end that <see cref="Stop"/> asked for.</summary>
    public bool IsOwnEnd(Exception error) => _stopped && error is EngineException or OperationCanceledException or InvalidOperationException;

    /// <summary>Takes the end after <see cref="IsOwnEnd"/>.</summary>
    public void FinishStopped() => Result = Measured();

    /// <summary>Marks a result that was cut as such; clients know no other word for it.</summary>
    public void MarkCut() => Result = Result! with { FinishReason = FinishReason.Length };

    /// <inheritdoc/>
    public void Dispose() => generation.Dispose();

    private void Take(GenerationChunk chunk)
    {
        _lastAt = Stopwatch.GetTimestamp();
        if (_count++ == 0)
            _firstAt = _lastAt;
        if (_wasGated)
            _tokens.Add(chunk.Token);
        if (holds)
            _held.Append(chunk.Text);
        else
            Text = chunk.Text;
        verdict?.Add(chunk.Signals.LogProbability, chunk.Signals.Entropy, chunk.Signals.Margin, chunk.Text);
    }

    // Of a member that gives no result of what was stopped.
    private GenerationResult Measured() => new()
    {
        FinishReason = FinishReason.Cancelled,
        PromptTokens = 0,
        CachedTokens = 0,
        OutputTokens = _count,
        TimeToFirstToken = _count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_startedAt, _firstAt),
        EndToEnd = _count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_startedAt, _lastAt),
    };
}
