using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Members;

/// <summary>A running answer: read its chunks to the end, then its result. Disposing it cancels what still runs.</summary>
public interface IMemberGeneration : IDisposable
{
    /// <summary>How it went; there once <see cref="ReadAllAsync"/> has ended.</summary>
    GenerationResult Result { get; }

    /// <summary>The tokens as they come, one chunk each. Can be read once.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the answer.</exception>
    /// <exception cref="EngineException">The member failed or is being unloaded.</exception>
    IAsyncEnumerable<GenerationChunk> ReadAllAsync(CancellationToken cancellationToken);
}
