namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>How far a running server decides what the policy decides offline.</summary>
/// <param name="Asked">How many prompts it was asked about.</param>
/// <param name="Disagreements">Where it names another cluster or another member.</param>
/// <param name="Examples">A few of them.</param>
public sealed record AgreementReport(int Asked, int Disagreements, IReadOnlyList<DisagreementReport> Examples);
