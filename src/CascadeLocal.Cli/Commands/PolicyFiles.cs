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

    /// <summary>Tries whether a policy can be written, before the long work that makes it; null is nowhere.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static void CheckWritable(string? folder)
    {
        if (folder is not null)
            Put(folder, () => File.Create(Path.Combine(Existing(folder), $".new-{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose());
    }

    /// <summary>Writes a policy.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static void Write(string folder, Policy policy)
    {
        Put(folder, () => PolicyFolder.Write(folder, policy));
        Console.Error.WriteLine($"The policy is in {folder}.");
    }

    private static void Put(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is PolicyException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{folder}: the policy cannot be written: {e.Message}");
        }
    }

    // The folder, or the nearest above it: those between are made when it is written.
    private static string Existing(string folder)
    {
        string at = Path.GetFullPath(folder);
        while (!Directory.Exists(at))
            at = File.Exists(at) ? throw new IOException($"{at} is a file, not a folder.") : Path.GetDirectoryName(at)!;
        return at;
    }
}
