namespace CascadeLocal.Routing.Accounting;

/// <summary>What one pass of a request took, or of the mean request of a group; the last pass is the one delivered.</summary>
/// <param name="TimePerOutputToken">TPOT of the pass, in ms.</param>
/// <param name="Latency">E2EL of the pass, in ms.</param>
/// <param name="Gaps">The times between tokens that TPOT is a mean of: tokens - 1, or the mean length where that is all there is.</param>
public readonly record struct AnswerPass(double TimePerOutputToken, double Latency, double Gaps);
