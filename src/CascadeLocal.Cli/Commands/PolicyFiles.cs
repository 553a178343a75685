using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cli.Commands;

/// <summary>Policies for commands.</summary>
internal static class PolicyFiles
{
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
}
