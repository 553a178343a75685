using System.Numerics.Tensors;

using CascadeLocal.Routing.Embedding;

using Microsoft.ML.OnnxRuntime;

namespace CascadeLocal.Bench.Embedding;

/// <summary>The encoder's own ONNX file in ONNX Runtime, float32 on one thread: what most programs would embed with.</summary>
internal sealed class OnnxRuntimeEncoder : IEncoder
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    /// <summary>Loads the model.</summary>
    public OnnxRuntimeEncoder()
    {
        using Stream model = MiniLmPackage.OpenModel();
        using MemoryStream bytes = new();
        model.CopyTo(bytes);
        using SessionOptions options = new()
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new(bytes.ToArray(), options);
    }

    /// <inheritdoc/>
    public float[] Pool(IReadOnlyList<int[]> texts) => [.. texts.SelectMany(Pool)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private float[] Pool(int[] text)
    {
        long[] shape = [1, text.Length];
        using OrtValue pieces = OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(text, piece => (long)piece), shape);
        using OrtValue mask = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, text.Length).ToArray(), shape);
        using OrtValue kinds = OrtValue.CreateTensorValueFromMemory(new long[text.Length], shape);
        Dictionary<string, OrtValue> inputs = new() { ["input_ids"] = pieces, ["attention_mask"] = mask, ["token_type_ids"] = kinds };
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_options, inputs, [_session.OutputNames[0]]);

        // One vector a piece; the text's is their mean.
        ReadOnlySpan<float> vectors = outputs[0].GetTensorDataAsSpan<float>();
        float[] mean = new float[vectors.Length / text.Length];
        for (int start = 0; start < vectors.Length; start += mean.Length)
            TensorPrimitives.Add(mean, vectors.Slice(start, mean.Length), mean);
        TensorPrimitives.Divide(mean, text.Length, mean);
        return mean;
    }
}
