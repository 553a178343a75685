namespace CascadeLocal.Cascade.Routing;

/// <summary>The text that a conversation is routed by, and where it lies.</summary>
/// <param name="Text">The text.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Vector">Its embedding.</param>
internal sealed record RoutedQuery(string Text, int Cluster, float[] Vector);
