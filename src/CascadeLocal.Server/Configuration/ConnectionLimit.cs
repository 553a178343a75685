using System.Globalization;

namespace CascadeLocal.Server.Configuration;

/// <summary>How many connections may be open at once, so that files can still be opened whoever connects.</summary>
internal static class ConnectionLimit
{
    private const int Most = 10_000;

    /// <summary>Half of the files that this process may open, at most 10,000.</summary>
    public static int Default { get; } = OfFiles(OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits") : []);

    /// <param name="limits">The lines of /proc/self/limits; empty where there is no such file.</param>
    internal static int OfFiles(IEnumerable<string> limits)
    {
        const string Files = "Max open files";
        string? soft = limits.FirstOrDefault(line => line.StartsWith(Files, StringComparison.Ordinal))?[Files.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int files) ? Math.Clamp(files / 2, 1, Most) : Most;
    }
}
