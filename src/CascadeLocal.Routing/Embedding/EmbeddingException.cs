namespace CascadeLocal.Routing.Embedding;

/// <summary>An encoder cannot be loaded, or failed; the message says which file or setting is at fault.</summary>
public sealed class EmbeddingException : Exception
{
    /// <summary>Creates the exception.</summary>
    public EmbeddingException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
