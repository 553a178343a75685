namespace CascadeLocal.Routing.Margins;

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower bound.</param>
/// <param name="High">Its upper bound.</param>
public readonly record struct Interval(double Low, double High);
