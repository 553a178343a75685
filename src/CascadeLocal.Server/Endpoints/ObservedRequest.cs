using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Tells the observer how a request that one member answers began and ended: exactly once each, whatever happens.</summary>
internal sealed class ObservedRequest : IDisposable
{
    private readonly ICascadeObserver _observer;
    private readonly CascadeDecision _decision;
    private CascadeOutcome _outcome;

    public ObservedRequest(ICascadeObserver observer, string id, string model, bool pinned)
    {
        _observer = observer;
        _decision = new()
        {
            Id = id,
            Time = DateTimeOffset.UtcNow,
            Model = model,
            Path = [new PathStep(model)],
            Reason = pinned ? RoutingReason.Pinned : RoutingReason.NoPolicy,
        };
        _outcome = new() { Decision = _decision, Model = model, Path = _decision.Path, Passes = [], Error = "The answer was not finished." };
        observer.OnDecided(_decision);
    }

    /// <summary>The answer was delivered.</summary>
    public void Complete(GenerationResult result) =>
        _outcome = _outcome with { Passes = [new CascadePass(_decision.Model, result)], Error = null };

    /// <summary>The client left.</summary>
    public void Leave() => _outcome = _outcome with { Cancelled = true, Error = null };

    public void Dispose() => _observer.OnCompleted(_outcome);
}
