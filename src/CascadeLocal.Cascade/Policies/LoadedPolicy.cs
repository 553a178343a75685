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
