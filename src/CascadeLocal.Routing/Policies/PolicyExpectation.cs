namespace CascadeLocal.Routing.Policies;

/// <summary>What a policy gave on the questions for certifying.</summary>
/// <param name="Questions">How many there were.</param>
/// <param name="Accuracy">The share that was answered right.</param>
/// <param name="StrongestAccuracy">That of the strongest member alone.</param>
/// <param name="Tpot">Mean charged TPOT in ms; null where it is not known.</param>
/// <param name="E2el">Mean E2EL in ms; null where it is not known.</param>
/// <param name="EscalationRate">The share of the requests that were escalated.</param>
/// <param name="AcceptProbability">The mean of p_own at the verdicts at the end of an answer; null where there was none.</param>
public sealed record PolicyExpectation(
    int Questions,
    double Accuracy,
    double StrongestAccuracy,
    double? Tpot,
    double? E2el,
    double EscalationRate,
    double? AcceptProbability);
