namespace CascadeLocal.Calibration.DecisionLogs.Reading;

/// <summary>What the cascade would have done with a request that the strongest member answered.</summary>
/// <param name="Model">The member whose answer it would have delivered.</param>
/// <param name="Path">The members it would have asked.</param>
/// <param name="Escalated">Whether it would have dropped an answer.</param>
/// <param name="Own">The judged chance that the first member's answer is right.</param>
/// <param name="Cost">What it would have been charged.</param>
/// <param name="Agrees">Whether its answer says the same as the delivered one; null where that is not known.</param>
internal sealed record LoggedShadow(string Model, string Path, bool Escalated, double? Own, LoggedCost Cost, bool? Agrees);
