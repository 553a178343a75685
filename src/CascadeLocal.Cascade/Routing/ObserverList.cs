using CascadeLocal.Cascade.Shadows;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Several observers as one; they are told in order.</summary>
public sealed class ObserverList(params IReadOnlyList<ICascadeObserver> observers) : ICascadeObserver
{
    /// <inheritdoc/>
    public bool KeepsText => observers.Any(o => o.KeepsText);

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision)
    {
        foreach (ICascadeObserver observer in observers)
            observer.OnDecided(decision);
    }

    /// <inheritdoc/>
    public void OnJudged(CascadeVerdict verdict)
    {
        foreach (ICascadeObserver observer in observers)
            observer.OnJudged(verdict);
    }

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        foreach (ICascadeObserver observer in observers)
            observer.OnCompleted(outcome);
    }

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
        foreach (ICascadeObserver observer in observers)
            observer.OnShadowed(outcome, end);
    }
}
