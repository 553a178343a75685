namespace CascadeLocal.Routing.Clustering;

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
