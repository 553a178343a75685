namespace CascadeLocal.Calibration.Replay.Data;

/// <summary>A question with the score of every model of a pool.</summary>
/// <param name="Text">The question.</param>
/// <param name="Scores">0 to 1, in the order of the pool.</param>
internal sealed record RoutedQuestion(string Text, IReadOnlyList<double> Scores);
