using System.Numerics.Tensors;

namespace CascadeLocal.Routing.StageOne;

/// <summary>Points of a space, row-major in one array. Every coordinate is finite.</summary>
public sealed class PointSet
{
    private readonly float[] _values;

    /// <summary>Takes over the coordinates.</summary>
    /// <param name="values">Count × dimensions.</param>
    /// <param name="dimensions">Length of a point.</param>
    /// <exception cref="ArgumentException">There is no point, a cut one, or a coordinate that is not finite.</exception>
    public PointSet(float[] values, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        if (values.Length == 0 || values.Length % dimensions != 0)
            throw new ArgumentException($"{values.Length} values are no whole number of points of {dimensions} dimensions, one at least");
        if (!TensorPrimitives.IsFiniteAll<float>(values))
        {
            int row = Array.FindIndex(values, value => !float.IsFinite(value)) / dimensions;
            throw new ArgumentException($"point {row} has a coordinate that is not finite");
        }

        _values = values;
        Dimensions = dimensions;
        Count = values.Length / dimensions;
    }

    /// <summary>How many points there are.</summary>
    public int Count { get; }

    /// <summary>Length of a point.</summary>
    public int Dimensions { get; }

    /// <summary>A point.</summary>
    public ReadOnlySpan<float> this[int index] => _values.AsSpan(index * Dimensions, Dimensions);

    /// <summary>All coordinates, row-major.</summary>
    internal ReadOnlySpan<float> Values => _values;

    /// <summary>Copies vectors of one length.</summary>
    /// <exception cref="ArgumentException">There is none, lengths differ, or a coordinate is not finite.</exception>
    public static PointSet Of(IReadOnlyList<float[]> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (vectors.Count == 0 || vectors[0].Length == 0)
            throw new ArgumentException("there is no point");
        int dimensions = vectors[0].Length;
        float[] values = new float[checked(vectors.Count * dimensions)];
        for (int row = 0; row < vectors.Count; row++)
        {
            if (vectors[row].Length != dimensions)
                throw new ArgumentException($"point {row} has {vectors[row].Length} dimensions, the first {dimensions}");
            vectors[row].CopyTo(values, row * dimensions);
        }

        return new(values, dimensions);
    }

    /// <summary>The chosen points, in the order of their indices.</summary>
    public PointSet Select(ReadOnlySpan<int> indices)
    {
        float[] values = new float[indices.Length * Dimensions];
        for (int row = 0; row < indices.Length; row++)
            this[indices[row]].CopyTo(values.AsSpan(row * Dimensions));
        return new(values, Dimensions);
    }

    /// <summary>How many different points there are, counted no further than <paramref name="limit"/>.</summary>
    public int CountDistinct(int limit)
    {
        List<int> distinct = [];
        for (int row = 0; row < Count && distinct.Count < limit; row++)
        {
            bool isNew = true;
            foreach (int known in distinct)
                isNew &= !this[row].SequenceEqual(this[known]);
            if (isNew)
                distinct.Add(row);
        }

        return distinct.Count;
    }
}
