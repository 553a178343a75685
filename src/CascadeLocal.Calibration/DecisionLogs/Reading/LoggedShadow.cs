namespace CascadeLocal.Calibration.DecisionLogs.Reading;

/// <summary>
/// What was worked out beside a request: what the cascade would have done where the strongest member answered, or what that member
/// says where the cascade did.
/// </summary>
/// <param name="Model">The member whose answer it would have delivered.</param>
/// <param name="Path">The members it would have asked.</param>
/// <param name="Escalated">Whether it would have dropped an answer.</param>
/// <param name="Own">The judged chance that the first member's answer is right.</param>
/// <param name="Target">The judged chance that the stronger member's is.</param>
/// <param name="Reason">Why it would have begun where it would have; null where that is not known.</param>
/// <param name="Cost">What it would have been charged.</param>
/// <param name="Agrees">Whether its answer says the same as the delivered one; null where that is not known.</param>
internal sealed record LoggedShadow(string Model, string Path, bool Escalated, double? Own, double? Target, string? Reason, LoggedCost Cost, bool? Agrees);
