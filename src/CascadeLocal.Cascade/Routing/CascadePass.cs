using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>One member's work on a request.</summary>
/// <param name="Model">The member.</param>
/// <param name="Result">Its tokens and times and why it ended.</param>
public sealed record CascadePass(string Model, GenerationResult Result);
