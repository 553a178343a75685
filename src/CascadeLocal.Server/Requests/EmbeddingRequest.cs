namespace CascadeLocal.Server.Requests;

/// <summary>A request for embeddings.</summary>
internal sealed record EmbeddingRequest
{
    /// <summary>The embedder that is asked for; null takes the one there is.</summary>
    public string? Model { get; init; }

    /// <summary>The texts; at least one, none of them empty.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Whether vectors are sent as base64 of little-endian float32, else as numbers.</summary>
    public bool IsBase64 { get; init; }

    /// <summary>The length of vectors that is asked for, if any is.</summary>
    public int? Dimensions { get; init; }
}
