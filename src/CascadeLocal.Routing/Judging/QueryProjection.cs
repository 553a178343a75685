using System.Numerics.Tensors;

using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Judging;

/// <summary>
/// The query's embedding in few numbers: along the directions in which the fitted queries differ most (principal components).
/// Applying it is managed code and allocates nothing.
/// </summary>
public sealed class QueryProjection
{
    private readonly float[] _mean;
    private readonly float[] _directions;

    internal QueryProjection(float[] mean, float[] directions)
    {
        if (mean.Length == 0 || directions.Length % mean.Length != 0)
            throw new ArgumentException("directions have the dimensions of the mean");
        (_mean, _directions) = (mean, directions);
    }

    /// <summary>Length of an embedding.</summary>
    public int Inputs => _mean.Length;

    /// <summary>How many numbers are left of it.</summary>
    public int Dimensions => _directions.Length / _mean.Length;

    /// <summary>Writes an embedding's <see cref="Dimensions"/> numbers.</summary>
    public void Apply(ReadOnlySpan<float> embedding, Span<float> reduced)
    {
        if (embedding.Length != Inputs || reduced.Length != Dimensions)
            throw new ArgumentException($"{Inputs} numbers become {Dimensions}, not {embedding.Length} {reduced.Length}");
        for (int d = 0; d < reduced.Length; d++)
        {
            ReadOnlySpan<float> direction = _directions.AsSpan(d * Inputs, Inputs);
            reduced[d] = TensorPrimitives.Dot(embedding, direction) - TensorPrimitives.Dot(_mean, direction);
        }
    }

    internal IEnumerable<NamedTensor> ToTensors(string prefix) =>
        [new($"{prefix}mean", [Inputs], _mean), new($"{prefix}directions", [Dimensions, Inputs], _directions)];

    internal static QueryProjection Read(IReadOnlyDictionary<string, NamedTensor> tensors, string prefix) =>
        new(tensors[$"{prefix}mean"].Values, tensors[$"{prefix}directions"].Values);
}
