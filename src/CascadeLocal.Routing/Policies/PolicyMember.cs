namespace CascadeLocal.Routing.Policies;

/// <summary>A model that a policy was fitted for.</summary>
/// <param name="Name">Its name in the pool and in <see cref="Policy.Statistics"/>.</param>
/// <param name="Fingerprint">Of its file, or null where the labels did not say which file gave them.</param>
public sealed record PolicyMember(string Name, string? Fingerprint);
