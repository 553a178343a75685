using System.Runtime.InteropServices;
using System.Security.Cryptography;

using CascadeLocal.Routing.Embedding;

using Microsoft.Extensions.Caching.Memory;

namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// The vectors of the texts that were routed lately, by the whole text, so that a question that comes again is not embedded again. Of
/// each API key its own: how long a request takes tells nobody what others have asked. Holds no texts. Thread-safe.
/// </summary>
/// <param name="capacity">The most vectors; 0 keeps none.</param>
internal sealed class EmbeddingCache(int capacity) : IDisposable
{
    private readonly MemoryCache? _vectors = capacity > 0 ? new(new MemoryCacheOptions { SizeLimit = capacity }) : null;

    /// <summary>The vector of a text; not to be changed.</summary>
    /// <param name="embedder">Whose.</param>
    /// <param name="salt">Who asks.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="EmbeddingException">The text cannot be embedded.</exception>
    public async ValueTask<float[]> EmbedAsync(IEmbedder embedder, string salt, string text, CancellationToken cancellationToken)
    {
        if (_vectors is null)
            return await embedder.EmbedAsync(text, cancellationToken);
        string key = KeyOf(embedder.Fingerprint, salt, text);
        if (_vectors.TryGetValue(key, out float[]? known))
            return known!;
        float[] vector = await embedder.EmbedAsync(text, cancellationToken);
        return _vectors.Set(key, vector, new MemoryCacheEntryOptions { Size = 1 });
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors?.Dispose();

    private static string KeyOf(string embedder, string salt, string text)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The lengths keep the parts apart.
        foreach (string part in (ReadOnlySpan<string>)[embedder, salt, text])
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
