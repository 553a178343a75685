using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Members;

/// <summary>An answer of a model that runs in this process.</summary>
internal sealed class LocalGeneration(Generation generation) : IMemberGeneration
{
    public GenerationResult Result => generation.Result;

    public IAsyncEnumerable<GenerationChunk> ReadAllAsync(CancellationToken cancellationToken) =>
        generation.ReadAllAsync(cancellationToken);

    public void Dispose() => generation.Dispose();
}
