namespace CascadeLocal.Routing.Judging.Measures;

/// <summary>A threshold and what it gives.</summary>
/// <param name="Threshold">Answers that score at least this are accepted.</param>
/// <param name="Coverage">The share that is accepted.</param>
/// <param name="Risk">The share of the accepted that is wrong.</param>
public readonly record struct RiskPoint(double Threshold, double Coverage, double Risk);
