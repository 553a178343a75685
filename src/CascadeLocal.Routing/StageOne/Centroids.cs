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

    /// <summary>All coordinates, row-major.</summary>
    internal ReadOnlySpan<float> Values => _points.Values;

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

/// <summary>
/// Where queries end to be of the kind that a policy was fitted to: a split conformal test of the distance from a query to the nearest
/// centroid. Questions that the centroids have not seen were measured in the same way, and a query is novel where hardly any of them is as
/// far away. Of queries that are drawn as those questions were, the share that is novel is at most α (Vovk, Gammerman and Shafer,
/// Algorithmic Learning in a Random World, 2005); of different prompts, where a fit counts each once. Immutable.
/// </summary>
public sealed class NoveltyBoundary
{
    /// <summary>The share that is found novel unless another is asked for.</summary>
    public const double DefaultAlpha = 0.01;

    /// <summary>The greatest share that may be asked for.</summary>
    public const double MostAlpha = 0.5;

    /// <summary>The most distances that are kept.</summary>
    public const int MostDistances = 4_096;

    private readonly float[] _distances;

    /// <param name="alpha">The share of queries of the fitted kind that may be found novel; 0 for none at all.</param>
    /// <param name="distances">From questions that were held out of the clustering to their nearest centroids, in any order; one at least.</param>
    /// <exception cref="ArgumentException">There is no distance, or too many, or one that is negative or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">α is not from 0 to <see cref="MostAlpha"/>.</exception>
    public NoveltyBoundary(double alpha, ReadOnlySpan<float> distances)
    {
        if (alpha is not (>= 0 and <= MostAlpha))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, FormattableString.Invariant($"must be from 0 to {MostAlpha}"));
        if (distances.Length is < 1 or > MostDistances)
            throw new ArgumentException($"are {distances.Length}, but must be from 1 to {MostDistances}", nameof(distances));
        _distances = distances.ToArray();
        Array.Sort(_distances);
        if (!(_distances[0] >= 0 && float.IsFinite(_distances[^1])))
            throw new ArgumentException("hold one that is negative or not finite", nameof(distances));
        Alpha = alpha;
        Radius = RadiusOf(alpha, _distances);
    }

    /// <summary>The share of queries of the fitted kind that may be found novel.</summary>
    public double Alpha { get; }

    /// <summary>A query is novel where its distance is above this; null where there are too few questions for anything to be.</summary>
    public double? Radius { get; }

    /// <summary>The distances of the questions that were held out, the least first.</summary>
    public ReadOnlySpan<float> Distances => _distances;

    /// <summary>With fewer questions nothing can be found novel at <paramref name="alpha"/>: the least p-value is 1/(n + 1).</summary>
    public static int FewestQuestions(double alpha) => (int)Math.Min(int.MaxValue, Math.Ceiling(1 / alpha) - 1);

    /// <summary>
    /// The chance that a query of the fitted kind is at least so far away: (1 + held-out questions that are) / (1 + all of them).
    /// </summary>
    /// <param name="distance">From the query to its nearest centroid.</param>
    public double PValue(double distance)
    {
        // The first that is not nearer.
        (int low, int high) = (0, _distances.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_distances[middle] < distance)
                low = middle + 1;
            else
                high = middle;
        }

        return PValueOf(_distances.Length - low, _distances.Length);
    }

    /// <summary>Whether a query is unlike what was held out.</summary>
    /// <param name="distance">From the query to its nearest centroid.</param>
    public bool IsNovel(double distance) => distance > Radius;

    private static double PValueOf(int notNearer, int all) => (1.0 + notNearer) / (1.0 + all);

    // p ≤ α as long as at most `most` of them are not nearer: the one after these is the radius.
    private static double? RadiusOf(double alpha, float[] growing)
    {
        int most = -1;
        while (most + 1 < growing.Length && PValueOf(most + 1, growing.Length) <= alpha)
            most++;
        return most < 0 ? null : growing[growing.Length - 1 - most];
    }
}
