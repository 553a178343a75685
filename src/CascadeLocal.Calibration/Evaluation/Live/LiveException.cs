namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>A server cannot be measured; the message says why.</summary>
public sealed class LiveException(string message, Exception? inner = null) : Exception(message, inner);
