namespace CascadeLocal.Calibration.Evaluation.Judges;

/// <summary>What a judge says of one whole answer.</summary>
/// <param name="Unit">The text of its question; its rows are no evidence of their own.</param>
/// <param name="InGate">Whether its cluster's answers by this member are judged when serving.</param>
/// <param name="Features">What the heads saw.</param>
/// <param name="Score">The log-odds of being right, before calibration.</param>
/// <param name="Own">The chance of being right.</param>
/// <param name="Target">The chance that the target's answer is right.</param>
/// <param name="Correct">How right it is.</param>
/// <param name="TargetCorrect">How right the target's is.</param>
internal sealed record JudgedRow(
    int Unit, bool InGate, float[] Features, double Score, double Own, double Target, double Correct, double TargetCorrect);
