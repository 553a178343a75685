namespace CascadeLocal.Calibration.Capture;

/// <summary>Which model gave the labels of a member.</summary>
/// <param name="Name">Its name in the pool.</param>
/// <param name="Fingerprint">Of its file's content, as <see cref="Cascade.Files.ModelContent.Fingerprint"/>.</param>
/// <param name="Parameters">Weights in all.</param>
public sealed record CapturedMember(string Name, string Fingerprint, long Parameters);
