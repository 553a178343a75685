namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>A prompt that a server decides about otherwise.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Offline">The cluster and the member by the policy.</param>
/// <param name="Live">The cluster and the member by the server.</param>
public sealed record DisagreementReport(string Prompt, string Offline, string Live);
