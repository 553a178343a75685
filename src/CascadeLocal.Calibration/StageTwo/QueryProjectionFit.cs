using System.Numerics.Tensors;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using TorchSharp;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Finds the directions in which queries differ most.</summary>
public static class QueryProjectionFit
{
    /// <summary>Finds the directions; there are never more than the embeddings have dimensions.</summary>
    public static QueryProjection Of(PointSet queries, int dimensions)
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
        return new QueryProjection(mean, directions.narrow(1, inputs - kept, kept).t().contiguous().data<float>().ToArray());
    }
}
