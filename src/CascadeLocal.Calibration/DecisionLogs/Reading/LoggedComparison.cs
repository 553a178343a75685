namespace CascadeLocal.Calibration.DecisionLogs.Reading;

/// <summary>A request that both the strongest member and the cascade answered, one of them for nobody to see.</summary>
/// <param name="Id">Names the request in feedback.</param>
/// <param name="Strongest">What the strongest member took.</param>
/// <param name="Cascade">What the cascade was charged, or would have been.</param>
/// <param name="Escalated">Whether the cascade dropped an answer.</param>
/// <param name="Agrees">Whether both answers say the same; null where that is not known.</param>
/// <param name="IsStrongestServed">Whether it was the strongest member's answer that was delivered, so that feedback is about it.</param>
internal sealed record LoggedComparison(string Id, LoggedCost Strongest, LoggedCost Cascade, bool Escalated, bool? Agrees, bool IsStrongestServed);
