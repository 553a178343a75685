namespace CascadeLocal.Calibration.Fitting;

/// <summary>What a way to answer gives over questions; times are null where they were not measured.</summary>
/// <param name="Accuracy">The mean of how right the answers are, 0..1.</param>
/// <param name="TpotMs">The mean time per output token, over the questions where every model has one.</param>
/// <param name="E2elMs">The mean latency.</param>
public sealed record RoutingOutcome(double Accuracy, double? TpotMs, double? E2elMs)
{
    /// <summary>The outcome when each question gets one answer.</summary>
    internal static RoutingOutcome Of(QuestionTable table, Func<Question, int> model) => new(
        table.Questions.Average(question => question.Answers[model(question)].Correct),
        table.Questions.Where(ClusterMeasurements.HasAllTpots).Average(question => question.Answers[model(question)].TpotMs),
        table.Questions.Average(question => question.Answers[model(question)].E2elMs));
}
