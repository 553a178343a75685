using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// How well clusters are told apart: for each point (b − a) / max(a, b), where a is its mean distance to its own cluster and
/// b the least mean distance to another; 0 for a point that is alone in its cluster. The measure of a clustering is the mean.
/// </summary>
public static class Silhouette
{
    /// <summary>Of more points, this many are drawn and measured among themselves.</summary>
    public const int ExactPoints = 10_000;

    // Squares of float differences below some 1e-19 underflow. Whatever is near that is measured in double.
    private const float SmallestFloatDistance = 1e-12f;

    /// <summary>
    /// The mean silhouettes of several clusterings of the same points. The distances are computed once, row by row, so the
    /// memory does not grow with the square of the points.
    /// </summary>
    /// <param name="points">The points.</param>
    /// <param name="labelings">For each clustering, the cluster of each point, from 0.</param>
    /// <param name="seed">Decides which points are drawn, if there are more than <see cref="ExactPoints"/>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>
    /// For each clustering its mean silhouette, or null where it is not defined: for one cluster, and for clusters of one
    /// point each.
    /// </returns>
    public static IReadOnlyList<double?> Means(
        PointSet points, IReadOnlyList<IReadOnlyList<int>> labelings, ulong seed = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(labelings);
        if (labelings.Any(labels => labels.Count != points.Count || labels.Any(label => label < 0)))
            throw new ArgumentException("every point needs a label, which is not negative");
        int[] rows = Sample(points.Count, seed);
        PointSet chosen = rows.Length == points.Count ? points : points.Select(rows);
        LabelingSums[] sums = [.. labelings.Select(labels => new LabelingSums([.. rows.Select(row => labels[row])]))];
        double[] distances = new double[chosen.Count];
        for (int row = 0; row < chosen.Count; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int other = row + 1; other < chosen.Count; other++)
                distances[other] = Distance(chosen[row], chosen[other]);
            foreach (LabelingSums labeling in sums)
                labeling.Add(row, distances);
        }

        return [.. sums.Select(labeling => labeling.Mean())];
    }

    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float distance = TensorPrimitives.Distance(a, b);
        if (distance >= SmallestFloatDistance)
            return distance;
        double squares = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            squares += difference * difference;
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Indices in ascending order: all, or a draw without repetition.</summary>
    private static int[] Sample(int count, ulong seed)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        if (count <= ExactPoints)
            return rows;
        SeededGenerator generator = new(seed);
        for (int i = 0; i < ExactPoints; i++)
        {
            int other = i + generator.NextIndex(count - i);
            (rows[i], rows[other]) = (rows[other], rows[i]);
        }

        int[] drawn = rows[..ExactPoints];
        Array.Sort(drawn);
        return drawn;
    }
}

/// <summary>For one clustering, the distances of each point to each cluster, summed.</summary>
internal sealed class LabelingSums
{
    private readonly int[] _labels;
    private readonly int _clusters;
    private readonly int[] _sizes;
    private readonly double[] _sums;

    public LabelingSums(int[] labels)
    {
        _labels = labels;
        _clusters = labels.Max() + 1;
        _sizes = new int[_clusters];
        foreach (int label in labels)
            _sizes[label]++;
        _sums = new double[labels.Length * _clusters];
    }

    /// <summary>Adds the distances of a point to all later ones, both ways.</summary>
    public void Add(int row, ReadOnlySpan<double> distances)
    {
        Span<double> own = _sums.AsSpan(row * _clusters, _clusters);
        int ownLabel = _labels[row];
        for (int other = row + 1; other < _labels.Length; other++)
        {
            own[_labels[other]] += distances[other];
            _sums[(other * _clusters) + ownLabel] += distances[other];
        }
    }

    /// <summary>The mean silhouette, or null if there is one cluster, or one point in each.</summary>
    public double? Mean()
    {
        int used = _sizes.Count(size => size > 0);
        if (used < 2 || used == _labels.Length)
            return null;
        double total = 0;
        for (int row = 0; row < _labels.Length; row++)
            total += Of(row);
        return total / _labels.Length;
    }

    private double Of(int row)
    {
        int own = _labels[row];
        if (_sizes[own] == 1)
            return 0;
        double inside = _sums[(row * _clusters) + own] / (_sizes[own] - 1);
        double outside = double.PositiveInfinity;
        for (int cluster = 0; cluster < _clusters; cluster++)
        {
            if (cluster != own && _sizes[cluster] > 0)
                outside = Math.Min(outside, _sums[(row * _clusters) + cluster] / _sizes[cluster]);
        }

        double larger = Math.Max(inside, outside);
        return larger == 0 ? 0 : (outside - inside) / larger;
    }
}
