using System.Numerics.Tensors;

using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Clustering;

/// <summary>
/// Lloyd's algorithm from given centroids: assign every point to the nearest, move each centroid to the mean of its points,
/// until no point changes its cluster.
/// </summary>
internal sealed class LloydDescent
{
    private readonly PointSet _points;
    private readonly int _clusters;
    private readonly int[] _labels;
    private readonly float[] _distances;
    private readonly int[] _sizes;
    private Centroids _centroids;

    private LloydDescent(PointSet points, Centroids start)
    {
        _points = points;
        _clusters = start.Count;
        _labels = new int[points.Count];
        Array.Fill(_labels, -1);
        _distances = new float[points.Count];
        _sizes = new int[_clusters];
        _centroids = start;
    }

    /// <summary>Descends until nothing changes, or for a number of rounds.</summary>
    public static KMeansResult Run(PointSet points, Centroids start, int maximumIterations)
    {
        LloydDescent descent = new(points, start);
        int[] previous = new int[points.Count];
        int iteration = 0;
        do
        {
            descent._labels.CopyTo(previous, 0);
            descent.Assign();
            descent.FillEmptyClusters();
            descent.MoveCentroids();
            iteration++;
        }
        while (iteration < maximumIterations && !descent._labels.AsSpan().SequenceEqual(previous));
        return new()
        {
            Centroids = descent._centroids,
            Labels = descent._labels,
            Sizes = descent._sizes,
            Inertia = descent.Inertia(),
            Iterations = iteration,
        };
    }

    private void Assign()
    {
        Array.Clear(_sizes);
        for (int i = 0; i < _labels.Length; i++)
        {
            _labels[i] = _centroids.Nearest(_points[i], out _distances[i]);
            _sizes[_labels[i]]++;
        }
    }

    /// <summary>
    /// Gives each empty cluster the point that is farthest from its centroid, of those that do not stand alone. There is
    /// one as long as there are not more clusters than different points.
    /// </summary>
    private void FillEmptyClusters()
    {
        for (int empty = 0; empty < _clusters; empty++)
        {
            if (_sizes[empty] > 0)
                continue;
            int farthest = -1;
            for (int i = 0; i < _labels.Length; i++)
            {
                if (_sizes[_labels[i]] > 1 && (farthest < 0 || _distances[i] > _distances[farthest]))
                    farthest = i;
            }

            _sizes[_labels[farthest]]--;
            _sizes[empty] = 1;
            _labels[farthest] = empty;
            _distances[farthest] = 0;
        }
    }

    private void MoveCentroids()
    {
        int dimensions = _points.Dimensions;
        double[] sums = new double[_clusters * dimensions];
        double[] point = new double[dimensions];
        for (int i = 0; i < _labels.Length; i++)
        {
            Span<double> sum = sums.AsSpan(_labels[i] * dimensions, dimensions);
            TensorPrimitives.ConvertTruncating(_points[i], point.AsSpan());
            TensorPrimitives.Add(sum, point, sum);
        }

        for (int cluster = 0; cluster < _clusters; cluster++)
        {
            Span<double> sum = sums.AsSpan(cluster * dimensions, dimensions);
            TensorPrimitives.Divide(sum, _sizes[cluster], sum);
        }

        float[] means = new float[sums.Length];
        TensorPrimitives.ConvertTruncating<double, float>(sums, means);
        _centroids = new(new(means, dimensions));
    }

    private double Inertia()
    {
        double inertia = 0;
        for (int i = 0; i < _labels.Length; i++)
        {
            double distance = TensorPrimitives.Distance(_points[i], _centroids[_labels[i]]);
            inertia += distance * distance;
        }

        return inertia;
    }
}
