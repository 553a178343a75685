namespace CascadeLocal.Bench.Measuring;

/// <summary>Physical memory of this process, native and managed.</summary>
internal static class ResidentMemory
{
    /// <summary>
    /// Bytes that are in use: the garbage that is due anyhow is collected first, so that what is left to grow is what is kept.
    /// </summary>
    public static long Bytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    /// <summary><see cref="Bytes"/> in megabytes (10^6 bytes).</summary>
    public static double Megabytes() => Bytes() / 1e6;
}
