namespace CascadeLocal.Calibration.Capture;

/// <summary>A capture cannot begin, go on or be resumed; the message says why and what would help.</summary>
public sealed class CaptureException(string message) : Exception(message);
