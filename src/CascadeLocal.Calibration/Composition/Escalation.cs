namespace CascadeLocal.Calibration.Composition;

/// <summary>What a cluster escalates.</summary>
/// <param name="Target">The index of the model that answers instead.</param>
/// <param name="Count">How many of the cluster's queries; a mean of several runs need not be whole.</param>
public sealed record Escalation(int Target, double Count);
