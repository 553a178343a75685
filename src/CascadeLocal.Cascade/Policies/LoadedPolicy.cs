using CascadeLocal.Cascade.Pool;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy and where it is from.</summary>
/// <param name="Policy">What was fitted.</param>
/// <param name="Folder">The folder it was read from.</param>
/// <param name="Version">The beginning of its document's SHA-256: names it in answers and logs.</param>
internal sealed record LoadedPolicy(Policy Policy, string Folder, string Version)
{
    private const int Attempts = 3;

    /// <exception cref="PolicyRefusedException">It is not there or damaged.</exception>
    public static LoadedPolicy Read(string folder)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                string version = PolicyFolder.VersionOf(folder);
                Policy policy = PolicyFolder.Read(folder);
                // Replaced meanwhile: the name and the policy would be of different ones.
                if (version == PolicyFolder.VersionOf(folder) || attempt == Attempts)
                    return new(policy, folder, version);
            }
            catch (PolicyException e) when (attempt == Attempts)
            {
                throw new PolicyRefusedException(e.Message, e);
            }
            catch (PolicyException)
            {
                // Perhaps between the renaming of its two files: the next look sees the whole.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new PolicyRefusedException($"The policy in {folder} cannot be read: {e.Message}", e);
            }

            Thread.Sleep(TimeSpan.FromMilliseconds(20));
        }
    }
}

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

        if (policy.Escalation is { } stage)
            RequireWhole(policy, stage);
        if (!policy.Members.Any(m => pool.Any(p => p.Name == m.Name)))
        {
            throw new PolicyRefusedException(
                $"The policy is of another pool: it knows {Names(policy.Members.Select(m => m.Name))}, the pool has {Names(pool.Select(p => p.Name))}.");
        }
    }

    // What serving relies on: every gate has a judge, and every judge is told what it was trained on.
    private static void RequireWhole(Policy policy, EscalationPolicy stage)
    {
        int members = policy.Members.Count;
        if (stage.Actions.Count != policy.Centroids.Count || stage.EarlyRules.Count != members || stage.Judges.Count != members
            || stage.AcceptedShares.Count != members || stage.Target < 0 || stage.Target >= members)
        {
            throw new PolicyRefusedException("The policy's second stage does not fit its first: clusters or models are missing.");
        }

        if (stage.Projection is { } projection && projection.Inputs != policy.Embedder.Dimensions)
            throw new PolicyRefusedException("The policy's projection is of another embedder.");
        foreach (CascadeAction action in stage.Actions)
        {
            if (action.Path.Any(m => m < 0 || m >= members) || action.Thresholds.Count != action.Path.Count - 1)
                throw new PolicyRefusedException("An action of the policy's second stage has models or thresholds that are not there.");
            if (action.Path.SkipLast(1).Where(m => stage.Judges[m] is null).Select(m => policy.Members[m].Name).FirstOrDefault() is { } model)
                throw new PolicyRefusedException($"The policy wants answers of '{model}' judged, but nothing judges them.");
        }

        for (int m = 0; m < members; m++)
        {
            if (stage.Judges[m] is { } judge && stage.EarlyRules[m].Checkpoints.Except(judge.Checkpoints).Any())
                throw new PolicyRefusedException($"The policy wants answers of '{policy.Members[m].Name}' judged where nothing judges them.");
        }

        foreach (FeatureLayout layout in stage.Judges.Where(j => j is not null).Select(j => j!.Layout))
        {
            if (layout.QueryDimensions != 0 && layout.QueryDimensions != stage.Projection?.Dimensions)
                throw new PolicyRefusedException("A judge of the policy sees more of the query than the policy's projection gives.");
            if (layout.Clusters != 0 && layout.Clusters != policy.Centroids.Count)
                throw new PolicyRefusedException("A judge of the policy was trained on other clusters.");
        }
    }

    /// <summary>
    /// Whether a pool member is the model that the policy means; where one side does not know its file, it is. One elsewhere may
    /// change at any time: it stays in its place, and nothing is promised (<see cref="HasChanged"/>).
    /// </summary>
    public static bool IsSame(PolicyMember fitted, PoolMember member) =>
        fitted.Name == member.Name && (member.Options.Remote is not null || IsFittedTo(fitted, member));

    /// <summary>Whether a member elsewhere is no longer what the policy was fitted to, or tells other signals.</summary>
    public static bool HasChanged(PolicyMember fitted, PoolMember member) =>
        fitted.Name == member.Name && !IsFittedTo(fitted, member);

    private static bool IsFittedTo(PolicyMember fitted, PoolMember member) =>
        fitted.Fingerprint is null || member.Fingerprint is null || fitted.Fingerprint == member.Fingerprint;

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    // Enough to tell two apart in a message.
    private static string Short(string fingerprint) => fingerprint.Length > 12 ? fingerprint[..12] : fingerprint;
}
