namespace CascadeLocal.Routing.Regions;

/// <summary>The λ of [low, high) give one and the same plan.</summary>
/// <param name="Low">Where it begins; the first region begins at 0.</param>
/// <param name="High">Where the next one begins; infinite for the last.</param>
/// <param name="Plan">The plan of the region.</param>
public sealed record LambdaRegion(double Low, double High, RoutingPlan Plan)
{
    /// <summary>A short λ inside that stands for the region.</summary>
    public double Name { get; } = LambdaName.Of(Low, High);
}
