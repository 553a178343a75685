using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Cascade.Shadows;

/// <summary>What was worked out beside a request: in mode shadow what the cascade would have done, in mode cascade what the strongest member says.</summary>
/// <param name="Outcome">How that would have gone; its passes are measured, the delivered one among them where it stands for its own.</param>
/// <param name="Agrees">Whether its answer says the same as the delivered one.</param>
public sealed record ShadowOutcome(CascadeOutcome Outcome, bool Agrees);
