namespace CascadeLocal.Calibration.Fitting;

/// <summary>What held-out questions say.</summary>
/// <param name="Candidates">All that was tried, by growing k, then shrinkage.</param>
/// <param name="ShadowPrice">Accuracy per ms at the budget: the median over all folds and k.</param>
public sealed record HeldOutResult(IReadOnlyList<Candidate> Candidates, double ShadowPrice)
{
    /// <summary>
    /// Of the smallest k that has a candidate within one standard error of the best, that candidate which is worth most.
    /// </summary>
    public Candidate Chosen => Candidates.Where(c => c.Behind <= c.StandardError).GroupBy(c => c.Clusters).First().MaxBy(c => c.Value)!;

    /// <summary>The candidate of a k that is worth most.</summary>
    public Candidate Best(int clusters) => Candidates.Where(c => c.Clusters == clusters).MaxBy(c => c.Value)!;
}
