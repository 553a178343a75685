using System.Numerics.Tensors;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// A BERT encoder in native code, whose matrix products are of 16-bit integers. A text's vector does not depend on the
/// others of its batch. Not thread-safe.
/// </summary>
internal sealed unsafe class FixedPointEncoder : IEncoder
{
    private readonly FixedPointLibrary _library;
    private readonly int _hidden;
    private nint _encoder;
    private int[] _pieces = [];
    private int[] _lengths = [];

    /// <summary>Loads the weights.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="level">Instructions to use; null for the best of this CPU.</param>
    /// <exception cref="FormatException">The file is damaged or its tensors are not those of the shape.</exception>
    /// <exception cref="EmbeddingException">This process cannot run it.</exception>
    public FixedPointEncoder(EncoderFolder folder, FixedPointLevel? level = null)
    {
        _library = FixedPointLibrary.Instance ?? throw new EmbeddingException(FixedPointLibrary.WhyMissing!);
        BertShape shape = folder.Shape;
        _hidden = shape.Hidden;
        FixedPointShape native = new()
        {
            Vocabulary = shape.Vocabulary,
            Positions = shape.Positions,
            Hidden = shape.Hidden,
            Layers = shape.Layers,
            Heads = shape.Heads,
            Intermediate = shape.Intermediate,
            FirstToken = folder.Pooling == PoolingRule.FirstToken ? 1 : 0,
            Epsilon = (float)shape.Epsilon,
        };
        nint encoder;
        Check(_library.Create((int)(level ?? _library.BestLevel), &native, &encoder), "cannot be run in fixed point at this level");
        _encoder = encoder;
        try
        {
            using BertWeights weights = new(folder.WeightsFile);
            LoadAll(weights, shape);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Frees the encoder that nobody disposed of.</summary>
    ~FixedPointEncoder() => Free();

    public float[] Pool(IReadOnlyList<int[]> texts)
    {
        Gather(texts, out int count);
        float[] vectors = new float[texts.Count * _hidden];
        fixed (int* pieces = _pieces, lengths = _lengths)
        fixed (float* target = vectors)
            Check(_library.Pool(_encoder, pieces, count, lengths, texts.Count, target, vectors.Length), "refused the word pieces");
        GC.KeepAlive(this);
        return vectors;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static void Check(int result, string what)
    {
        if (result != 0)
            throw new EmbeddingException(result == -2 ? "there is not enough memory for the encoder" : $"the encoder {what}");
    }

    /// <summary>Puts the texts one after the other, in arrays that are kept.</summary>
    private void Gather(IReadOnlyList<int[]> texts, out int count)
    {
        if (_lengths.Length < texts.Count)
            _lengths = new int[texts.Count];
        count = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            _lengths[i] = texts[i].Length;
            count += texts[i].Length;
        }

        if (_pieces.Length < count)
            _pieces = new int[count];
        int at = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            texts[i].CopyTo(_pieces, at);
            at += texts[i].Length;
        }
    }

    private void LoadAll(BertWeights weights, BertShape shape)
    {
        int hidden = shape.Hidden;
        Load(FixedPointPart.Words, 0, weights.Values("embeddings.word_embeddings.weight", shape.Vocabulary, hidden));
        Load(FixedPointPart.Positions, 0, ReadPositions(weights, shape));
        Norm(FixedPointPart.Norm, 0, "embeddings");
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            string name = $"encoder.layer.{layer}";
            string self = $"{name}.attention.self";
            string[] projections = [$"{self}.query", $"{self}.key", $"{self}.value"];
            Load(FixedPointPart.Projection, layer, [.. projections.SelectMany(part => weights.Values($"{part}.weight", hidden, hidden))]);
            Load(FixedPointPart.Projection + 1, layer, [.. projections.SelectMany(part => weights.Values($"{part}.bias", hidden))]);
            Product(FixedPointPart.Mixing, layer, $"{name}.attention.output.dense", hidden, hidden);
            Norm(FixedPointPart.AttentionNorm, layer, $"{name}.attention.output");
            Product(FixedPointPart.Widening, layer, $"{name}.intermediate.dense", shape.Intermediate, hidden);
            Product(FixedPointPart.Narrowing, layer, $"{name}.output.dense", hidden, shape.Intermediate);
            Norm(FixedPointPart.OutputNorm, layer, $"{name}.output");
        }

        void Product(FixedPointPart part, int layer, string name, int outputs, int inputs)
        {
            Load(part, layer, weights.Values($"{name}.weight", outputs, inputs));
            Load(part + 1, layer, weights.Values($"{name}.bias", outputs));
        }

        void Norm(FixedPointPart part, int layer, string name)
        {
            Load(part, layer, weights.Values($"{name}.LayerNorm.weight", hidden));
            Load(part + 1, layer, weights.Values($"{name}.LayerNorm.bias", hidden));
        }
    }

    /// <summary>The positions, each with the vector of the first token type, which every text is of.</summary>
    private static float[] ReadPositions(BertWeights weights, BertShape shape)
    {
        int hidden = shape.Hidden;
        float[] positions = weights.Values("embeddings.position_embeddings.weight", shape.Positions, hidden);
        ReadOnlySpan<float> type = weights.Values("embeddings.token_type_embeddings.weight", shape.TokenTypes, hidden).AsSpan(0, hidden);
        for (int at = 0; at < positions.Length; at += hidden)
            TensorPrimitives.Add(positions.AsSpan(at, hidden), type, positions.AsSpan(at, hidden));
        return positions;
    }

    private void Load(FixedPointPart part, int layer, float[] values)
    {
        fixed (float* source = values)
            Check(_library.Load(_encoder, (int)part, layer, source, values.Length), $"refused {part} of layer {layer}");
    }

    private void Free()
    {
        if (_encoder != 0)
            _library.Free(_encoder);
        _encoder = 0;
    }
}
