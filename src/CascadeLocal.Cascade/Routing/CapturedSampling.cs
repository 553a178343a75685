using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Cascade.Routing;

/// <summary>
/// Whether a request's answers are drawn as those were that the policy was fitted to: capture takes each member's own sampling,
/// nothing else. What a guarantee promises holds for such answers only.
/// </summary>
internal static class CapturedSampling
{
    private static readonly SamplingOptions Own = new();

    private static readonly Dictionary<int, float> NoBias = [];

    public static bool IsThatOf(CascadeRequest request, ModelPool pool, EscalationPath path) =>
        request is { LogitBias.Count: 0, Stop.Count: 0, IgnoreEndOfSequence: false }
        && (request.Sampling == Own || path.Rungs.All(r => IsOwn(request.Sampling, pool.Find(r.Model))));

    private static bool IsOwn(SamplingOptions asked, PoolMember? member)
    {
        try
        {
            return member is null || Essence(member.ResolveSampling(asked)) == Essence(member.ResolveSampling(Own));
        }
        catch (MemberUnavailableException)
        {
            // It will not answer.
            return true;
        }
    }

    // Of the best token alone there is no draw, and nothing to draw from.
    private static SamplingParameters Essence(SamplingParameters sampling)
    {
        SamplingParameters plain = sampling with { LogitBias = NoBias, Seed = null };
        return plain.Temperature == 0 ? plain with { TopK = 0, TopP = 1, MinP = 0 } : plain;
    }
}
