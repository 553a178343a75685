using System.Numerics.Tensors;

namespace CascadeLocal.Routing.StageOne;

/// <summary>The middles of clusters. A point belongs to the nearest; of equally near ones to that of the lowest index.</summary>
public sealed class Centroids
{
    private readonly PointSet _points;

    /// <summary>Takes the centroids in the order of their clusters.</summary>
    public Centroids(PointSet points)
    {
        ArgumentNullException.ThrowIfNull(points);
        _points = points;
    }

    /// <summary>How many clusters there are.</summary>
    public int Count => _points.Count;

    /// <summary>Length of a point.</summary>
    public int Dimensions => _points.Dimensions;

    /// <summary>The centroid of a cluster.</summary>
    public ReadOnlySpan<float> this[int cluster] => _points[cluster];

    /// <summary>The cluster that a point belongs to.</summary>
    /// <exception cref="ArgumentException">The point has another number of dimensions, or a coordinate that is not finite.</exception>
    public int Nearest(ReadOnlySpan<float> point)
    {
        if (point.Length != Dimensions)
            throw new ArgumentException($"the point has {point.Length} dimensions, the centroids have {Dimensions}");
        int nearest = Nearest(point, out float distance);
        return float.IsFinite(distance) ? nearest : throw new ArgumentException("the point has a coordinate that is not finite");
    }

    /// <summary>How far a point is from the centroid of a cluster.</summary>
    public float Distance(ReadOnlySpan<float> point, int cluster) => TensorPrimitives.Distance(point, _points[cluster]);

    /// <summary>The cluster that a point belongs to, and how far its centroid is.</summary>
    internal int Nearest(ReadOnlySpan<float> point, out float distance)
    {
        int nearest = 0;
        distance = float.PositiveInfinity;
        for (int cluster = 0; cluster < Count; cluster++)
        {
            float candidate = Distance(point, cluster);
            if (candidate < distance)
            {
                distance = candidate;
                nearest = cluster;
            }
        }

        return nearest;
    }
}
