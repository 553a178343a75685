namespace CascadeLocal.Routing.Embedding;

/// <summary>Turns texts into vectors whose cosine says how much the texts have to do with each other.</summary>
public interface IEmbedder : IDisposable
{
    /// <summary>Length of every vector.</summary>
    int Dimensions { get; }

    /// <summary>
    /// Names what decides the vectors: weights, vocabulary, pooling and the rule for long texts. Vectors of embedders with
    /// different fingerprints must not be compared.
    /// </summary>
    string Fingerprint { get; }

    /// <summary>
    /// The vector of a text, of length 1. A text without any word has one too, always the same. May be called from any
    /// thread.
    /// </summary>
    /// <exception cref="EmbeddingException">The encoder failed on this text.</exception>
    /// <exception cref="ObjectDisposedException">The embedder has been disposed of.</exception>
    Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default);
}
