namespace CascadeLocal.Calibration.Replay.Metrics;

/// <summary>What one threshold gives.</summary>
/// <param name="StrongShare">The share of questions that go to the strong model, 0 to 1.</param>
/// <param name="Accuracy">The share of all questions that are answered rightly, 0 to 1.</param>
public readonly record struct CurvePoint(double StrongShare, double Accuracy);
