namespace CascadeLocal.Routing.Embedding;

/// <summary>Turns texts into vectors whose cosine says how much the texts have to do with each other.</summary>
public interface IEmbedder : IDisposable
{
    /// <summary>What people call it.</summary>
    string Name { get; }

    /// <summary>Length of every vector.</summary>
    int Dimensions { get; }

    /// <summary>
    /// Names what decides the vectors: weights, vocabulary, pooling and the rule for long texts. Vectors of embedders with
    /// different fingerprints must not be compared.
    /// </summary>
    string Fingerprint { get; }

    /// <summary>The most word pieces of a text that all count, with those that the encoder adds.</summary>
    int MaximumTokens { get; }

    /// <summary>How many word pieces there are; their ids run from 0.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// The word pieces of a text, with those that the encoder adds; above <see cref="MaximumTokens"/> not all of them count.
    /// Of a very long text only those that are looked at are counted, and they are more than that.
    /// </summary>
    int CountTokens(string text);

    /// <summary>
    /// The vector of a text, of length 1. A text without any word has one too, always the same. May be called from any
    /// thread.
    /// </summary>
    /// <exception cref="EmbeddingException">The encoder failed on this text.</exception>
    /// <exception cref="ObjectDisposedException">The embedder has been disposed of.</exception>
    Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default);

    /// <summary>The vector of word pieces, taken as they are: those that begin and end a text are among them, or missing.</summary>
    /// <exception cref="ArgumentException">There are none, more than <see cref="MaximumTokens"/>, or one that is none of the vocabulary.</exception>
    /// <inheritdoc cref="EmbedAsync(string, CancellationToken)"/>
    Task<float[]> EmbedAsync(int[] tokens, CancellationToken cancellationToken = default);
}

/// <summary>An encoder cannot be loaded, or failed; the message says which file or setting is at fault.</summary>
public sealed class EmbeddingException : Exception
{
    /// <summary>Creates the exception.</summary>
    public EmbeddingException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
