using System.Globalization;

namespace CascadeLocal.Engine.Loading;

/// <summary>What this machine, or the container around us, still has.</summary>
internal static class SystemMemory
{
    /// <summary>Bytes that can be allocated without swapping: the kernel's estimate, within the process's own limit.</summary>
    public static long AvailableBytes()
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        const string Field = "MemAvailable:";
        if (!File.Exists("/proc/meminfo"))
            return limit;
        foreach (string line in File.ReadLines("/proc/meminfo"))
        {
            if (!line.StartsWith(Field, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> number = line.AsSpan(Field.Length).Trim();
            number = number[..number.IndexOf(' ')];
            return Math.Min(limit, 1024 * long.Parse(number, CultureInfo.InvariantCulture));
        }

        return limit;
    }
}
