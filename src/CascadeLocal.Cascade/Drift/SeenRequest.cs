namespace CascadeLocal.Cascade.Drift;

/// <summary>A request as far as drift is about it.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Escalated">Whether an answer was, or would have been, rejected; null where that says nothing.</param>
internal readonly record struct SeenRequest(string Cluster, bool? Escalated);
