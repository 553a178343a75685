namespace CascadeLocal.Routing.Embedding;

/// <summary>An embedder that is loaded when it is first needed, once for all who need it. Thread-safe.</summary>
/// <param name="load">Loads it.</param>
public sealed class EmbedderHost(Func<IEmbedder> load) : IDisposable
{
    private readonly SemaphoreSlim _loading = new(1);
    private volatile IEmbedder? _embedder;

    /// <summary>The embedder; null before it was needed.</summary>
    public IEmbedder? Current => _embedder;

    /// <summary>The embedder. An attempt that failed is made again by whoever asks next.</summary>
    /// <param name="cancellationToken">Stops the waiting, not the loading.</param>
    /// <exception cref="EmbeddingException">It cannot be loaded; the message says why.</exception>
    public async Task<IEmbedder> GetAsync(CancellationToken cancellationToken)
    {
        if (_embedder is { } known)
            return known;
        return await Task.Run(LoadAsync, CancellationToken.None).WaitAsync(cancellationToken);
    }

    /// <summary>Frees the embedder.</summary>
    public void Dispose()
    {
        _loading.Wait();
        _embedder?.Dispose();
        _loading.Dispose();
    }

    // The first text takes many times as long as all others: it shall not be a request's.
    private async Task<IEmbedder> LoadAsync()
    {
        await _loading.WaitAsync();
        try
        {
            if (_embedder is { } known)
                return known;
            IEmbedder embedder = load();
            try
            {
                await embedder.EmbedAsync("warm up");
            }
            catch
            {
                embedder.Dispose();
                throw;
            }

            return _embedder = embedder;
        }
        finally
        {
            _loading.Release();
        }
    }
}
