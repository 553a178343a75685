namespace CascadeLocal.Calibration.Replay.Reports;

/// <summary>What routing among many models gives; accuracies over the test questions.</summary>
/// <param name="Accuracy">Of the routing, mean over the seeds.</param>
/// <param name="AccuracyDeviation">Its standard deviation over the seeds.</param>
/// <param name="BestSingle">The model that is best on the training questions.</param>
/// <param name="Oracle">Of the best model for each question.</param>
/// <param name="Removed">Test questions left out because they are among the training questions.</param>
/// <param name="Models">Of each model alone.</param>
public sealed record PoolReport(
    double Accuracy, double AccuracyDeviation, string BestSingle, double Oracle, int Removed, IReadOnlyDictionary<string, double> Models);
