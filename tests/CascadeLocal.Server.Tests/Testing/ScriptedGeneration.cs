using System.Runtime.CompilerServices;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>An answer whose tokens the test writes down, or lets come one by one.</summary>
internal sealed class ScriptedGeneration(Func<CancellationToken, IAsyncEnumerable<string>> tokens) : IMemberGeneration
{
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    public ScriptedGeneration(params string[] tokens)
        : this(_ => tokens.ToAsyncEnumerable())
    {
    }

    public FinishReason FinishReason { get; init; } = FinishReason.Stop;

    /// <summary>Ends when the server cancels the answer before its end.</summary>
    public Task Cancelled => _cancelled.Task;

    public GenerationResult Result => new()
    {
        FinishReason = FinishReason,
        PromptTokens = 7,
        CachedTokens = 3,
        OutputTokens = _count,
        TimeToFirstToken = TimeSpan.FromMilliseconds(10),
        EndToEnd = TimeSpan.FromMilliseconds(10 + (2 * (_count - 1))),
    };

    public async IAsyncEnumerable<GenerationChunk> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (string token in tokens(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new GenerationChunk(token, _count++, default);
            }
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
                _cancelled.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}
