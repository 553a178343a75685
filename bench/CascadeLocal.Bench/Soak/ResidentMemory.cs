namespace CascadeLocal.Bench.Soak;

/// <summary>Physical memory of this process, native and managed.</summary>
internal static class ResidentMemory
{
    /// <summary>
    /// Megabytes (10^6 bytes) that are in use: the garbage that is due anyhow is collected first, so that what is left to
    /// grow is what is kept.
    /// </summary>
    public static double Megabytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet / 1e6;
    }
}
