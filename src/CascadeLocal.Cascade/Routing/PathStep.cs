namespace CascadeLocal.Cascade.Routing;

/// <summary>One member on a request's way.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Skipped">Why it did not work on the request, such as <c>unavailable</c>; null where it did.</param>
public sealed record PathStep(string Model, string? Skipped = null)
{
    /// <summary>As headers show it: <c>small</c>, or <c>nano (unavailable)</c>.</summary>
    public override string ToString() => Skipped is null ? Model : $"{Model} ({Skipped})";
}
