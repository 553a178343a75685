using CascadeLocal.Routing.Clustering;

namespace CascadeLocal.Calibration.Replay.Metrics;

/// <summary>Random orders that are the same on every machine and runtime.</summary>
internal static class SeededOrder
{
    /// <summary>0 to <paramref name="count"/> − 1 in the order of a seed.</summary>
    public static int[] Of(int count, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        return order;
    }
}
