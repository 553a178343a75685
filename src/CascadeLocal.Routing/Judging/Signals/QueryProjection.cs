using System.Numerics.Tensors;

using CascadeLocal.Routing.Clustering;
using CascadeLocal.Routing.Embedding.Safetensors;

using TorchSharp;

namespace CascadeLocal.Routing.Judging.Signals;

/// <summary>
/// The query's embedding in few numbers: along the directions in which the fitted queries differ most (principal components).
/// Applying it is managed code and allocates nothing.
/// </summary>
public sealed class QueryProjection
{
    private readonly float[] _mean;
    private readonly float[] _directions;

    private QueryProjection(float[] mean, float[] directions)
    {
        if (mean.Length == 0 || directions.Length % mean.Length != 0)
            throw new ArgumentException("directions have the dimensions of the mean");
        (_mean, _directions) = (mean, directions);
    }

    /// <summary>Length of an embedding.</summary>
    public int Inputs => _mean.Length;

    /// <summary>How many numbers are left of it.</summary>
    public int Dimensions => _directions.Length / _mean.Length;

    /// <summary>Finds the directions; there are never more than the embeddings have dimensions.</summary>
    public static QueryProjection Fit(PointSet queries, int dimensions)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        int inputs = queries.Dimensions;
        int kept = Math.Min(dimensions, inputs);
        float[] mean = new float[inputs];
        for (int q = 0; q < queries.Count; q++)
            TensorPrimitives.MultiplyAdd(queries[q], 1f / queries.Count, mean, mean);
        float[] centred = new float[queries.Count * inputs];
        for (int q = 0; q < queries.Count; q++)
            TensorPrimitives.Subtract(queries[q], mean, centred.AsSpan(q * inputs, inputs));

        torch.set_num_threads(1);  // the other core decodes, or trains
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor rows = torch.tensor(centred, [queries.Count, inputs]);
        // By growing variance; each direction is a column.
        torch.Tensor directions = torch.linalg.eigh(rows.t().mm(rows)).Item2;
        return new(mean, directions.narrow(1, inputs - kept, kept).t().contiguous().data<float>().ToArray());
    }

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
