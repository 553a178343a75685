using System.Runtime.CompilerServices;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>An answer whose tokens the test writes down, or lets come one by one.</summary>
internal sealed class ScriptedGeneration(Func<CancellationToken, IAsyncEnumerable<string>> tokens) : IMemberGeneration
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private int _count;
    private bool _stopped;

    public ScriptedGeneration(params string[] tokens)
        : this(_ => tokens.ToAsyncEnumerable())
    {
    }

    public FinishReason FinishReason { get; init; } = FinishReason.Stop;

    /// <summary>What became of the draft that it was given.</summary>
    public DraftVerification? Draft { get; init; }

    /// <summary>Ends when the answer is cancelled before its end.</summary>
    public Task Cancelled => _cancelled.Task;

    public GenerationResult Result => new()
    {
        FinishReason = _stopped ? FinishReason.Cancelled : FinishReason,
        PromptTokens = 7,
        CachedTokens = 3,
        OutputTokens = _count,
        TimeToFirstToken = TimeSpan.FromMilliseconds(10),
        EndToEnd = TimeSpan.FromMilliseconds(10 + (2 * (_count - 1))),
        Draft = Draft,
    };

    /// <summary>Tokens that come until the answer is cancelled.</summary>
    public static ScriptedGeneration Endless(params string[] tokens) => new(cancelled => ThenWait(tokens, Task.Delay(Timeout.Infinite, cancelled)));

    /// <summary>Tokens, and then a failure.</summary>
    public static ScriptedGeneration Failing(params string[] tokens) =>
        new(_ => ThenWait(tokens, Task.FromException(new EngineException("it broke"))));

    /// <summary>Tokens of which those after the first <paramref name="before"/> come when <paramref name="go"/> has ended.</summary>
    public static ScriptedGeneration Paused(Task go, int before, params string[] tokens) => new(_ => Pause(go, before, tokens));

    public async IAsyncEnumerable<GenerationChunk> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        await using IAsyncEnumerator<string> script = tokens(either.Token).GetAsyncEnumerator(either.Token);
        try
        {
            while (await MoveNextAsync(script, cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new GenerationChunk(script.Current, _count++, default);
            }
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
                _cancelled.TrySetResult();
        }
    }

    public void Dispose() => _stop.Cancel();

    // As a real member, one that is disposed comes to an end without an error.
    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<string> script, CancellationToken cancellationToken)
    {
        try
        {
            if (!_stop.IsCancellationRequested)
                return await script.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Disposed while it waited.
        }

        _stopped = true;
        _cancelled.TrySetResult();
        return false;
    }

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
