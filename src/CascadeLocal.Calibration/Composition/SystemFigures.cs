namespace CascadeLocal.Calibration.Composition;

/// <summary>Means over the queries of all clusters; a time is null where nothing was measured of it.</summary>
/// <param name="Accuracy">Accuracy, 0..1.</param>
/// <param name="TpotMs">Time per output token, in ms.</param>
/// <param name="E2elMs">End-to-end latency, in ms.</param>
public sealed record SystemFigures(double Accuracy, double? TpotMs, double? E2elMs);
