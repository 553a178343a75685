using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// Greedy k-means++: each next centroid is drawn among the points in proportion to the squared distance to the nearest one
/// so far; of a few draws, that which leaves the least is kept.
/// </summary>
internal static class PlusPlusStart
{
    /// <summary>Chooses different points; there must be that many.</summary>
    public static Centroids Choose(PointSet points, int clusters, SeededGenerator generator)
    {
        int trials = 2 + (int)Math.Log(clusters);
        int[] chosen = new int[clusters];
        chosen[0] = generator.NextIndex(points.Count);
        double[] nearest = SquaredDistances(points, chosen[0]);
        double[] kept = new double[points.Count];
        for (int next = 1; next < clusters; next++)
        {
            double total = TensorPrimitives.Sum<double>(nearest);
            double least = double.PositiveInfinity;
            for (int trial = 0; trial < trials; trial++)
            {
                int candidate = Draw(nearest, generator.NextDouble() * total);
                double[] distances = SquaredDistances(points, candidate);
                TensorPrimitives.Min(distances, nearest, distances);
                double left = TensorPrimitives.Sum<double>(distances);
                if (left < least)
                {
                    least = left;
                    chosen[next] = candidate;
                    kept = distances;
                }
            }

            nearest = kept;
        }

        return new(points.Select(chosen));
    }

    /// <summary>The point at which the running sum of weights passes a value; never one of weight 0.</summary>
    private static int Draw(double[] weights, double value)
    {
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            last = i;
            value -= weights[i];
            if (value < 0)
                break;
        }

        return last;
    }

    private static double[] SquaredDistances(PointSet points, int origin)
    {
        double[] distances = new double[points.Count];
        for (int i = 0; i < distances.Length; i++)
        {
            double distance = TensorPrimitives.Distance(points[i], points[origin]);
            distances[i] = distance * distance;
        }

        return distances;
    }
}
