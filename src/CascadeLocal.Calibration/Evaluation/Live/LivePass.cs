namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>One pass of an answer, as the server's <c>cascade</c> object has it.</summary>
/// <param name="Model">The member.</param>
/// <param name="OutputTokens">Its tokens.</param>
/// <param name="TpotMs">TPOT in ms; null below two tokens.</param>
/// <param name="E2elMs">E2EL in ms.</param>
internal sealed record LivePass(string Model, int OutputTokens, double? TpotMs, double E2elMs);
