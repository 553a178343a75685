namespace CascadeLocal.Cascade.Decisions;

/// <summary>What is remembered of an answer until feedback comes.</summary>
/// <param name="Cluster">The request's cluster; null where it was not embedded.</param>
/// <param name="Model">The member that answered.</param>
public sealed record DeliveredAnswer(string? Cluster, string Model);
