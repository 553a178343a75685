namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>No plan keeps what was asked for; the message says what the cheapest one that comes near costs.</summary>
/// <param name="message">For the user.</param>
/// <param name="cheapest">The least cost, in ms, at which there is a plan.</param>
public sealed class InfeasiblePlanException(string message, double cheapest) : Exception(message)
{
    /// <summary>The least cost, in ms, at which there is a plan.</summary>
    public double Cheapest { get; } = cheapest;
}
