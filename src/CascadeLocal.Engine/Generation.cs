#pragma warning disable CA1822, IDE0051, CA1065
namespace CascadeLocal.Engine;

/// <summary>A running generation: read its chunks to the end, then its result. Disposing it cancels what still runs.</summary>
public sealed class Generation : IDisposable
{
    internal Generation()
    {
    }

    /// <summary>How it went; there once <see cref="ReadAllAsync"/> has ended.</summary>
    /// <exception cref="InvalidOperationException">It has not ended yet.</exception>
    public GenerationResult Result => throw new InvalidOperationException("The generation has not ended.");

    /// <summary>
    /// The tokens as they come, one chunk each. Can be read once. The answer's text is the chunks' text in order.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the generation.</exception>
    /// <exception cref="EngineException">The engine failed or the model is being unloaded.</exception>
    public IAsyncEnumerable<GenerationChunk> ReadAllAsync(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Ends it within one step; it then counts as <see cref="FinishReason.Cancelled"/>.</summary>
    public void Cancel() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => Cancel();
}
