using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cascade.Policies;

/// <summary>Whether a policy was fitted with this embedder and for the models of this pool.</summary>
internal static class PolicyCheck
{
    /// <exception cref="PolicyRefusedException">It was not.</exception>
    public static void Require(Policy policy, IEmbedder embedder, IReadOnlyList<PoolMember> pool)
    {
        PolicyEmbedder fitted = policy.Embedder;
        if (fitted.Dimensions != embedder.Dimensions)
        {
            throw new PolicyRefusedException(
                $"The policy was fitted with '{fitted.Name}' of {fitted.Dimensions} dimensions; the embedder has {embedder.Dimensions}.");
        }

        if (fitted.Fingerprint != embedder.Fingerprint)
        {
            throw new PolicyRefusedException(
                $"The policy was fitted with another embedder: '{fitted.Name}' {Short(fitted.Fingerprint)}, not {Short(embedder.Fingerprint)}.");
        }

        if (policy.Members.FirstOrDefault(m => pool.Any(p => p.Name == m.Name && !IsSame(m, p))) is { } other)
        {
            string fingerprint = pool.First(p => p.Name == other.Name).Fingerprint!;
            throw new PolicyRefusedException(
                $"The policy was fitted for another '{other.Name}': its file is {Short(fingerprint)}, the policy's was {Short(other.Fingerprint!)}.");
        }

        if (!policy.Members.Any(m => pool.Any(p => p.Name == m.Name)))
        {
            throw new PolicyRefusedException(
                $"The policy is of another pool: it knows {Names(policy.Members.Select(m => m.Name))}, the pool has {Names(pool.Select(p => p.Name))}.");
        }
    }

    /// <summary>Whether a pool member is the model that the policy means; where one side does not know its file, it is.</summary>
    public static bool IsSame(PolicyMember fitted, PoolMember member) =>
        fitted.Name == member.Name
        && (fitted.Fingerprint is null || member.Fingerprint is null || fitted.Fingerprint == member.Fingerprint);

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    // Enough to tell two apart in a message.
    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint;
}
