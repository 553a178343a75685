using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Answers conversations: decides who, starts it, and hands out one object to read the answer from. Thread-safe.</summary>
/// <param name="router">Decides.</param>
/// <param name="observer">Sees every request.</param>
public sealed class CascadeRunner(Router router, ICascadeObserver observer)
{
    /// <summary>Starts to answer.</summary>
    /// <param name="request">The conversation.</param>
    /// <param name="decision">Who is to answer it.</param>
    /// <param name="member">The member of that decision.</param>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    /// <inheritdoc cref="IMemberBackend.Generate" path="/exception"/>
    public RoutedGeneration Start(CascadeRequest request, CascadeDecision decision, PoolMember member)
    {
        IMemberGeneration generation = member.Generate(new MemberRequest
        {
            Messages = request.Messages,
            MaxTokens = request.MaxTokens,
            Sampling = member.ResolveSampling(request.Sampling) with { LogitBias = request.LogitBias, Seed = request.Seed },
            Stop = request.Stop,
            IgnoreEndOfSequence = request.IgnoreEndOfSequence,
            CacheSalt = request.CacheSalt,
        });
        observer.OnDecided(decision);
        return new RoutedGeneration(request, decision, generation, router, observer);
    }
}
