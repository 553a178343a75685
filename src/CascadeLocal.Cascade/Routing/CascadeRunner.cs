using CascadeLocal.Cascade.Passes;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Shadows;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Answers conversations: starts who is decided on, and hands out one object to read the answer from. Thread-safe.</summary>
/// <param name="router">Decides.</param>
/// <param name="observer">Sees every request.</param>
public sealed class CascadeRunner(Router router, ICascadeObserver observer) : IAsyncDisposable
{
    private readonly ShadowRunner _shadows = new(router, observer);

    /// <summary>Ends what is worked out beside requests, and begins nothing more; all of it has been reported then.</summary>
    public ValueTask DisposeAsync() => _shadows.DisposeAsync();

    /// <summary>
    /// Starts to answer. Where the context of the member that should start does not hold the conversation, the next one whose
    /// context is larger starts; where it has just left the pool, the next one that is ready, unless it was named.
    /// </summary>
    /// <param name="request">The conversation.</param>
    /// <param name="decision">Who is to answer it.</param>
    /// <exception cref="RequestTooLongException">No context holds it.</exception>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    /// <exception cref="UnknownTokenException">A bias names a token that the member does not have.</exception>
    /// <exception cref="QueueFullException">Too many requests wait for the member already.</exception>
    /// <exception cref="Engine.Text.ChatTemplateException">The member's template cannot render the conversation.</exception>
    /// <exception cref="EngineException">The member is being unloaded or has failed.</exception>
    public RoutedGeneration Start(CascadeRequest request, CascadeDecision decision)
    {
        PassStarter starter = new(router.Pool, request, router.Settings.DraftBreakEven);
        while (true)
        {
            try
            {
                Pass first = starter.Start(decision.Escalation ?? EscalationPath.Direct(decision.Model), 0);
                observer.OnDecided(decision);
                return new RoutedGeneration(
                    request, decision, new CascadeRun(request, decision, starter, first, observer), router, _shadows, observer.KeepsText);
            }
            catch (ContextLengthExceededException e)
            {
                decision = WithNext(decision, StartFailure.Context, m => m.Info!.ContextLength > e.ContextLength)
                    ?? throw new RequestTooLongException(decision.Model, e);
            }
            catch (MemberUnavailableException) when (decision.Reason != RoutingReason.Pinned
                && WithNext(decision, StartFailure.Unavailable, _ => true) is { } other)
            {
                // It left the pool after it was decided on.
                decision = other;
            }
        }
    }

    private CascadeDecision? WithNext(CascadeDecision decision, string skipped, Func<PoolMember, bool> isFit)
    {
        string[] candidates = [.. decision.EscalatesTo, .. decision.Others];
        string? next = Array.Find(candidates, c => router.Pool.Find(c) is { State: MemberState.Ready } m && isFit(m));
        if (next is null)
            return null;
        EscalationPath path = decision.Escalation!.From(next);
        return decision with
        {
            Model = next,
            Path = [.. decision.Path.SkipLast(1), new(decision.Model, skipped), new(next)],
            Reason = RoutingReason.Fallback,
            Guarantee = Promise.None,
            Escalation = path,
            Others = [.. candidates.Where(c => path.Rungs.All(r => r.Model != c))],
        };
    }
}
