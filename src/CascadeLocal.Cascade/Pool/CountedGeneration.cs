using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Pool;

/// <summary>An answer that its member counts as running until it is disposed.</summary>
internal sealed class CountedGeneration(IMemberGeneration generation, Action ended) : IMemberGeneration
{
    private Action? _ended = ended;

    public GenerationResult Result => generation.Result;

    public IAsyncEnumerable<GenerationChunk> ReadAllAsync(CancellationToken cancellationToken) =>
        generation.ReadAllAsync(cancellationToken);

    public void Dispose()
    {
        generation.Dispose();
        Interlocked.Exchange(ref _ended, null)?.Invoke();
    }
}
