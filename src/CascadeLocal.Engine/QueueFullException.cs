namespace CascadeLocal.Engine;

/// <summary>The model already has as many requests waiting as it may.</summary>
public sealed class QueueFullException(int waiting) : Exception($"{waiting} requests are already waiting for this model.")
{
    /// <summary>Requests that wait.</summary>
    public int Waiting { get; } = waiting;
}
