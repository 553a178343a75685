namespace CascadeLocal.Calibration.Replay;

/// <summary>How far a replay is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Share">How much of it is done, 0 to 1.</param>
public readonly record struct ReplayProgress(string Stage, double Share);
