namespace CascadeLocal.Calibration.Grading;

/// <summary>A grader cannot work with an answer; the message says why.</summary>
internal sealed class GraderException(string message) : Exception(message);
