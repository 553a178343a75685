namespace CascadeLocal.Calibration.Evaluation.Policies;

/// <summary>What was made of a member's answer.</summary>
/// <param name="Member">The member.</param>
/// <param name="Accepted">Whether the answer was delivered.</param>
/// <param name="At">The token at which the verdict fell; null at the end.</param>
/// <param name="Tokens">All tokens that the answer has.</param>
internal readonly record struct ReplayedVerdict(int Member, bool Accepted, int? At, int Tokens);
