using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Server.Dashboard;

/// <summary>A request that runs.</summary>
/// <param name="Decision">How it began.</param>
/// <param name="Verdict">The last verdict on an answer to it, if there was one.</param>
internal sealed record LiveRequest(CascadeDecision Decision, CascadeVerdict? Verdict = null);
