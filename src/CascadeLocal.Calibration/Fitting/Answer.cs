namespace CascadeLocal.Calibration.Fitting;

/// <summary>How one model answered one question, the mean over its runs; times are null where they were not measured.</summary>
/// <param name="Correct">How right it is, 0..1.</param>
/// <param name="TpotMs">Time per output token, over the runs with two tokens or more.</param>
/// <param name="E2elMs">End-to-end latency.</param>
/// <param name="OutputTokens">Length of the answer.</param>
public sealed record Answer(double Correct, double? TpotMs, double? E2elMs, double? OutputTokens);
