namespace CascadeLocal.Routing.Policies;

/// <summary>The embedder whose vectors a policy's centroids were found among.</summary>
/// <param name="Name">For people, such as <c>all-MiniLM-L6-v2</c>.</param>
/// <param name="Fingerprint">As <see cref="Embedding.IEmbedder.Fingerprint"/>; vectors of another one mean nothing here.</param>
/// <param name="Dimensions">Length of a vector.</param>
public sealed record PolicyEmbedder(string Name, string Fingerprint, int Dimensions);
