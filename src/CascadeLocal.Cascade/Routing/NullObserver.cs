namespace CascadeLocal.Cascade.Routing;

/// <summary>Sees nothing.</summary>
public sealed class NullObserver : ICascadeObserver
{
    private NullObserver()
    {
    }

    /// <summary>The only one.</summary>
    public static NullObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision)
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
    }
}
