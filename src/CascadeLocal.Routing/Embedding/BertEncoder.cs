using TorchSharp;
using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// A BERT encoder with pooling, in libtorch. Not thread-safe: libtorch's settings belong to a thread, so one thread loads and runs it.
/// </summary>
/// <remarks>
/// TorchSharp builds a finalised Scalar for every number in an expression, and nothing keeps it alive during the native
/// call. So no number takes part in an expression here but <see cref="One"/>, which lives as long as the process.
/// </remarks>
internal sealed class BertEncoder : IEncoder
{
    /// <summary>The factor of every sum.</summary>
    public static readonly Scalar One = 1.0f.ToScalar();

    private const float Masked = -10_000;
    private readonly BertShape _shape;
    private readonly PoolingRule _pooling;
    private readonly Device _device;
    private readonly Tensor _words;
    private readonly Tensor _positions;
    private readonly LayerNorm _norm;
    private readonly BertLayer[] _layers;

    /// <summary>Loads the weights.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="type">Number format of the products.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="FormatException">The file is damaged or its tensors are not those of the shape.</exception>
    public BertEncoder(EncoderFolder folder, ScalarType type, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using BertWeights weights = new(folder.WeightsFile, device);
        _shape = folder.Shape;
        _pooling = folder.Pooling;
        _device = device;
        int hidden = _shape.Hidden;
        _words = weights.Read("embeddings.word_embeddings.weight", _shape.Vocabulary, hidden).DetachFromDisposeScope();
        // A text is always of the first token type, whose vector can be added once and for all.
        Tensor segment = weights.Read("embeddings.token_type_embeddings.weight", _shape.TokenTypes, hidden).narrow(0, 0, 1);
        _positions = weights.Read("embeddings.position_embeddings.weight", _shape.Positions, hidden)
            .add(segment, One).DetachFromDisposeScope();
        _norm = new(
            weights.Read("embeddings.LayerNorm.weight", hidden),
            weights.Read("embeddings.LayerNorm.bias", hidden),
            _shape.Epsilon);
        _layers = [.. Enumerable.Range(0, _shape.Layers).Select(i => new BertLayer(weights, _shape, i, type))];
    }

    public float[] Pool(IReadOnlyList<int[]> texts)
    {
        using IDisposable inference = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        int longest = texts.Max(text => text.Length);
        long[] ids = new long[texts.Count * longest];  // padded with id 0; the mask makes it count for nothing
        float[] mask = new float[ids.Length];
        float[] share = new float[ids.Length];
        for (int row = 0; row < texts.Count; row++)
        {
            int[] text = texts[row];
            for (int i = 0; i < text.Length; i++)
                ids[(row * longest) + i] = text[i];
            mask.AsSpan((row * longest) + text.Length, longest - text.Length).Fill(Masked);
            FillShare(share.AsSpan(row * longest, text.Length));
        }

        bool isPadded = texts.Any(text => text.Length < longest);
        Tensor? additive = isPadded ? tensor(mask, [texts.Count, 1, 1, longest], device: _device) : null;
        Tensor hidden = Encode(tensor(ids, device: _device), texts.Count, longest, additive);
        Tensor pooled = tensor(share, [texts.Count, 1, longest], device: _device).bmm(hidden);
        float[] vectors = pooled.cpu().data<float>().ToArray();
        GC.KeepAlive(this);
        return vectors;
    }

    public void Dispose()
    {
        _words.Dispose();
        _positions.Dispose();
        _norm.Dispose();
        foreach (BertLayer layer in _layers)
            layer.Dispose();
    }

    /// <summary>How much each token of a text counts in its vector.</summary>
    private void FillShare(Span<float> share)
    {
        if (_pooling == PoolingRule.Mean)
            share.Fill(1f / share.Length);
        else
            share[0] = 1;
    }

    private Tensor Encode(Tensor ids, int texts, int tokens, Tensor? mask)
    {
        Tensor state = _words.index_select(0, ids).view(texts, tokens, _shape.Hidden);
        state = _norm.Apply(state.add_(_positions.narrow(0, 0, tokens), One));
        foreach (BertLayer layer in _layers)
            state = layer.Forward(state, mask);
        return state;
    }
}

/// <summary>An encoder with pooling, used by one thread.</summary>
internal interface IEncoder : IDisposable
{
    /// <summary>The pooled vectors of some texts, not normalised: texts × hidden, row-major.</summary>
    float[] Pool(IReadOnlyList<int[]> texts);
}
