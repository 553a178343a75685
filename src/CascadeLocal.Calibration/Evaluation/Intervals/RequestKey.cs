namespace CascadeLocal.Calibration.Evaluation.Intervals;

/// <summary>Which question a request asks: what intervals are drawn by.</summary>
/// <param name="Question">The question; requests of one question are no evidence of their own.</param>
/// <param name="Family">Its kind, where the data says it.</param>
internal readonly record struct RequestKey(int Question, string? Family);
