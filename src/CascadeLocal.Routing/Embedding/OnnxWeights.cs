using System.Runtime.InteropServices;

using CascadeLocal.Routing.Tensors;

using Onnx;

namespace CascadeLocal.Routing.Embedding;

/// <summary>Takes the weights of a BERT encoder out of its ONNX graph.</summary>
internal static class OnnxWeights
{
    /// <summary>
    /// The weights by name, in alphabetical order. The export kept the names of biases, norms and embeddings but not of the
    /// matrices it turned for its products: each is found by the bias that is added to its product.
    /// </summary>
    public static IReadOnlyList<NamedTensor> Read(ModelProto model)
    {
        Dictionary<string, TensorProto> initializers = model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        Dictionary<string, NodeProto> products = model.Graph.Node
            .Where(node => node.OpType == "MatMul")
            .ToDictionary(node => node.Output[0]);
        List<NamedTensor> tensors = [];
        foreach (TensorProto tensor in initializers.Values)
        {
            if (IsNamed(tensor))
                tensors.Add(new(tensor.Name, Shape(tensor), Values(tensor)));
        }

        foreach (NodeProto sum in model.Graph.Node.Where(node => node.OpType == "Add"))
        {
            string? bias = sum.Input.FirstOrDefault(input => input.EndsWith(".bias", StringComparison.Ordinal));
            string? product = sum.Input.FirstOrDefault(products.ContainsKey);
            if (bias is null || product is null || !initializers.TryGetValue(products[product].Input[1], out TensorProto? matrix))
                continue;
            tensors.Add(Transpose(bias[..^"bias".Length] + "weight", matrix));
        }

        return [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
    }

    private static bool IsNamed(TensorProto tensor) =>
        tensor.DataType == (int)TensorProto.Types.DataType.Float
        && (tensor.Name.EndsWith(".weight", StringComparison.Ordinal) || tensor.Name.EndsWith(".bias", StringComparison.Ordinal));

    private static int[] Shape(TensorProto tensor) => [.. tensor.Dims.Select(size => checked((int)size))];

    private static float[] Values(TensorProto tensor) =>
        tensor.RawData.IsEmpty
            ? [.. tensor.FloatData]
            : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();

    private static NamedTensor Transpose(string name, TensorProto matrix)
    {
        int inputs = (int)matrix.Dims[0], outputs = (int)matrix.Dims[1];
        float[] values = Values(matrix);
        float[] transposed = new float[values.Length];
        for (int input = 0; input < inputs; input++)
        {
            for (int output = 0; output < outputs; output++)
                transposed[(output * inputs) + input] = values[(input * outputs) + output];
        }

        return new(name, [outputs, inputs], transposed);
    }
}
