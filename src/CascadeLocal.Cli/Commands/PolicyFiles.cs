using System.Security.Cryptography;

using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cli.Commands;

/// <summary>Policies for commands.</summary>
internal static class PolicyFiles
{
    private const int VersionLength = 12;

    /// <summary>Reads a policy.</summary>
    /// <exception cref="CommandFailedException">It cannot be used.</exception>
    public static Policy Read(string folder)
    {
        try
        {
            return PolicyFolder.Read(folder);
        }
        catch (PolicyException e)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    /// <summary>As the server names a policy: the beginning of its document's SHA-256.</summary>
    public static string VersionOf(string folder) => Convert.ToHexStringLower(
        SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, PolicyFolder.DocumentName))))[..VersionLength];
}
