namespace CascadeLocal.Calibration.Labels;

/// <summary>A line of a label file: the row, and what of it was not as the format has it.</summary>
/// <param name="Row">The row; its prompt is empty where the line has none.</param>
/// <param name="HasPrompt">Whether the line has a prompt.</param>
/// <param name="HasTruthValue">Whether correct is true or false, which were read as 1 and 0.</param>
internal readonly record struct LabelLine(LabelRow Row, bool HasPrompt, bool HasTruthValue);
