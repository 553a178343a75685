namespace CascadeLocal.Engine;

/// <summary>Where this program keeps for the user what it can find out again.</summary>
public static class UserCache
{
    /// <summary>The folder of that name; it need not be there.</summary>
    public static string Folder(string name) => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "cascade-local",
        name);
}
