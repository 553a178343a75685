namespace CascadeLocal.Calibration.Evaluation.Answers;

/// <summary>A question as it was asked once, answered by every member.</summary>
/// <param name="Id">The question's id; its runs share it.</param>
/// <param name="Text">Which of the texts its prompt is. Requests of one text are no evidence of their own.</param>
/// <param name="Family">Its kind, where the data says it.</param>
/// <param name="Answers">One per member.</param>
internal sealed record RecordedRequest(string Id, int Text, string? Family, IReadOnlyList<RecordedAnswer> Answers);
