namespace CascadeLocal.Calibration.Labels;

/// <summary>A member of the pool that gave labels, as members.json has it.</summary>
/// <param name="Name">Its name in the rows.</param>
/// <param name="Fingerprint">Of its file, or null where that is not known.</param>
/// <param name="Parameters">Its number of parameters, or null where that is not known.</param>
public sealed record LabelMember(string Name, string? Fingerprint, long? Parameters);
