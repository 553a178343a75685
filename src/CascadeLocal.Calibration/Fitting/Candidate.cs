namespace CascadeLocal.Calibration.Fitting;

/// <summary>A way to cluster that was tried on held-out questions.</summary>
/// <param name="Clusters">k.</param>
/// <param name="Shrinkage">How many questions of the pool's error rate are added to every cluster.</param>
/// <param name="Value">Accuracy less the priced cost, the mean over all held-out questions.</param>
/// <param name="Behind">By how much it is worth less than the best, per question.</param>
/// <param name="StandardError">Of that difference, paired by text.</param>
/// <param name="Expected">What its routing gave on the held-out questions.</param>
public sealed record Candidate(
    int Clusters, double Shrinkage, double Value, double Behind, double StandardError, RoutingOutcome Expected);
