namespace CascadeLocal.Cascade.Routing;

/// <summary>A member on the way of a request.</summary>
/// <param name="Model">The member.</param>
/// <param name="Gate">How its answer is judged; null where it is not.</param>
/// <param name="AcceptedShare">
/// The share of its rejected answers' tokens that the target would have said itself; null where that was not measured.
/// </param>
internal sealed record Rung(string Model, Gate? Gate = null, double? AcceptedShare = null);
