using System.Globalization;

namespace CascadeLocal.Engine.Loading;

/// <summary>What this machine, or the container around us, still has.</summary>
internal static class SystemMemory
{
    /// <summary>
    /// Bytes that can be allocated without swapping, within the limits of our control groups, less what we have mapped: to
    /// the kernel the mapped weights of other models are a cache that can be dropped.
    /// </summary>
    public static long AvailableBytes()
    {
        if (Value("/proc/meminfo", "MemAvailable:") is not { } available)
            return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        long mapped = Value("/proc/self/status", "RssFile:") ?? 0;
        return Math.Min(1024 * available, ControlGroupBytes(ReadLines("/proc/self/cgroup"), "/sys/fs/cgroup")) - (1024 * mapped);
    }

    /// <summary>
    /// What the tightest control group that holds us has left, its file cache counted as free; long.MaxValue without a limit.
    /// </summary>
    /// <param name="membership">The lines of /proc/self/cgroup.</param>
    /// <param name="root">Where the control groups are mounted, version 2.</param>
    internal static long ControlGroupBytes(IEnumerable<string> membership, string root)
    {
        const string Unified = "0::/";
        string path = membership.FirstOrDefault(line => line.StartsWith(Unified, StringComparison.Ordinal))?[Unified.Length..] ?? "";
        long least = long.MaxValue;
        for (string? folder = Path.Combine(root, path); folder is not null && folder.StartsWith(root, StringComparison.Ordinal); folder = Path.GetDirectoryName(folder))
        {
            // "max" where there is no limit.
            if (!long.TryParse(ReadLines(Path.Combine(folder, "memory.max")).FirstOrDefault(), CultureInfo.InvariantCulture, out long limit)
                || !long.TryParse(ReadLines(Path.Combine(folder, "memory.current")).FirstOrDefault(), CultureInfo.InvariantCulture, out long used))
            {
                continue;
            }

            string statistics = Path.Combine(folder, "memory.stat");
            long cache = (Value(statistics, "inactive_file ") ?? 0) + (Value(statistics, "active_file ") ?? 0);
            least = Math.Min(least, limit - used + cache);
        }

        return least;
    }

    private static long? Value(string file, string field)
    {
        foreach (string line in ReadLines(file))
        {
            if (!line.StartsWith(field, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> number = line.AsSpan(field.Length).Trim();
            int end = number.IndexOf(' ');
            return long.Parse(end < 0 ? number : number[..end], CultureInfo.InvariantCulture);
        }

        return null;
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
