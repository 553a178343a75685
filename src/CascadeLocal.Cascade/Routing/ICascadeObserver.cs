using CascadeLocal.Cascade.Shadows;

namespace CascadeLocal.Cascade.Routing;

/// <summary>
/// Sees every request of the cascade, for metrics and logs. Called on the request's own path by many requests at once: an
/// implementation is thread-safe, returns at once and never throws.
/// </summary>
public interface ICascadeObserver
{
    /// <summary>Whether outcomes shall hold the question and the answer.</summary>
    bool KeepsText => false;

    /// <summary>It is decided who answers, and that member has taken the request.</summary>
    void OnDecided(CascadeDecision decision);

    /// <summary>A member's answer, or the beginning of one, was judged.</summary>
    void OnJudged(CascadeVerdict verdict)
    {
    }

    /// <summary>A request that was decided has ended, well or not. Called exactly once for each.</summary>
    void OnCompleted(CascadeOutcome outcome);

    /// <summary>
    /// What was worked out beside a request has ended, well or not. Called exactly once, after <see cref="OnCompleted"/>, for each
    /// outcome with <see cref="CascadeOutcome.AwaitsShadow"/>.
    /// </summary>
    void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
    }
}
