namespace CascadeLocal.Routing.Statistics;

/// <summary>One cluster of the training queries.</summary>
/// <param name="Name">Its name, unique in the pool.</param>
/// <param name="Size">Its number of queries; zero is allowed.</param>
public sealed record ClusterStatistics(string Name, double Size);
