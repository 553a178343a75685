using CascadeLocal.Routing.Clustering;

namespace CascadeLocal.Calibration.Replay.Metrics;

/// <summary>Random orders that are the same on every machine and runtime.</summary>
internal static class SeededOrder
{
    /// <summary>0 to <paramref name="count"/> − 1 in the order of a seed.</summary>
    public static int[] Of(int count, ulong seed)
    {
        SeededGenerator generator = new(seed);
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int other = generator.NextIndex(i + 1);
            order[i] = order[other];
            order[other] = i;
        }

        return order;
    }
}
