using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Model;

/// <summary>
/// A llama-architecture decoder: RMS norms, rotary attention on interleaved pairs, SwiGLU, tied output head. Weights are
/// one flat 32-bit vector; a forward pass casts the matrices once and takes views of them.
/// </summary>
internal sealed class LlamaModel : IDisposable
{
    /// <summary>The queries whose scores are computed at once.</summary>
    public const long QueriesPerBlock = 256;

    private readonly RotaryTable _rotary = new();
    private readonly CausalMask _mask = new();
    private readonly int _vocabulary;
    private readonly long[] _gainLengths;
    private readonly long[] _matrixLengths;

    /// <summary>Takes weights in the order of <see cref="ParameterLayout"/>.</summary>
    public LlamaModel(ModelShape shape, int vocabulary, float[] weights)
    {
        Shape = shape;
        Layout = new(shape, vocabulary);
        if (weights.Length != Layout.Length)
            throw new ArgumentException($"{weights.Length} weights for a model of {Layout.Length}", nameof(weights));
        _vocabulary = vocabulary;
        _gainLengths = [.. Enumerable.Repeat((long)shape.Width, (2 * shape.Layers) + 1)];
        _matrixLengths = [.. Layout.Groups.SelectMany(g => Enumerable.Repeat((long)g.Rows * g.Columns, g.Count))];
        Weights = tensor(weights).requires_grad_();
        Values = Weights.detach();
    }

    /// <summary>The dimensions.</summary>
    public ModelShape Shape { get; }

    /// <summary>Where each weight lies in <see cref="Weights"/>.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>The flat vector of all weights, the one leaf of the graph.</summary>
    public Tensor Weights { get; }

    /// <summary>The same memory outside of the graph, for updates in place.</summary>
    public Tensor Values { get; }

    /// <summary>
    /// Logits at chosen positions. Rows of <paramref name="tokens"/> are padded on the right: attention is causal, so
    /// padding needs no mask.
    /// </summary>
    /// <param name="tokens">[rows, width], 64-bit integers.</param>
    /// <param name="positions">Indices into the flattened tokens, 64-bit integers.</param>
    /// <param name="compute">The type of the matrix products: BFloat16 to train, Float32 to compare.</param>
    /// <returns>[positions, vocabulary], 32-bit. Temporaries live until the caller's dispose scope ends.</returns>
    public Tensor Logits(Tensor tokens, Tensor positions, ScalarType compute)
    {
        long rows = tokens.shape[0], length = tokens.shape[1];
        int layers = Shape.Layers;
        Tensor[] parts = Weights.split([Layout.EmbeddingLength, Layout.GainLength, Layout.HiddenLength]);
        Tensor embedding = parts[0].view(_vocabulary, Shape.Width);
        Tensor[] gains = parts[1].split(_gainLengths);
        Tensor[] matrices = parts[2].to_type(compute).split(_matrixLengths);
        int wide = Layout.Square.Count, tall = wide + Layout.Wide.Count;

        Tensor x = embedding.index_select(0, tokens.flatten()).view(rows, length, Shape.Width);
        for (int layer = 0; layer < layers; layer++)
        {
            Tensor normed = RmsNorm.Apply(x, gains[2 * layer]).to_type(compute);
            x = x + Attention(normed, matrices.AsSpan(4 * layer, 4));

            normed = RmsNorm.Apply(x, gains[(2 * layer) + 1]).to_type(compute);
            Tensor gate = Linear(normed, matrices[wide + (2 * layer)], Layout.Wide);
            Tensor up = Linear(normed, matrices[wide + (2 * layer) + 1], Layout.Wide);
            x = x + Linear(nn.functional.silu(gate) * up, matrices[tall + layer], Layout.Tall);
        }

        Tensor chosen = x.view(rows * length, Shape.Width).index_select(0, positions);
        Tensor last = RmsNorm.Apply(chosen, gains[2 * layers]).to_type(compute);
        return nn.functional.linear(last, embedding.to_type(compute)).to_type(ScalarType.Float32);
    }

    /// <summary>Copies the weights out.</summary>
    public float[] CopyWeights() => Values.data<float>().ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Weights.Dispose();
        _rotary.Dispose();
        _mask.Dispose();
    }

    // The plain formula: in BFloat16 the fused kernel's backward pass is several times slower. Block by block, so that the
    // half of the scores which the mask would hide is not computed and what is fits into the cache.
    private Tensor Attention(Tensor x, ReadOnlySpan<Tensor> weights)
    {
        long rows = x.shape[0], length = x.shape[1];
        Tensor query = _rotary.Apply(Heads(0, x, weights), scaled: true).transpose(1, 2);
        Tensor key = _rotary.Apply(Heads(1, x, weights), scaled: false).transpose(1, 2);
        Tensor value = Heads(2, x, weights).transpose(1, 2);
        Tensor mask = _mask.Get(length, x.dtype);
        List<Tensor> blocks = [];
        for (long start = 0; start < length; start += QueriesPerBlock)
        {
            long end = Math.Min(length, start + QueriesPerBlock);
            Tensor scores = query.narrow(2, start, end - start).matmul(key.narrow(2, 0, end).transpose(-2, -1));
            scores = scores.add_(mask.narrow(0, start, end - start).narrow(1, 0, end));
            blocks.Add(nn.functional.softmax(scores, -1).matmul(value.narrow(2, 0, end)));
        }

        Tensor mixed = blocks.Count == 1 ? blocks[0] : cat(blocks, 2);
        return Linear(mixed.transpose(1, 2).reshape(rows, length, Shape.Width), weights[3], Layout.Square);
    }

    private Tensor Heads(int index, Tensor x, ReadOnlySpan<Tensor> weights) =>
        Linear(x, weights[index], Layout.Square).view(x.shape[0], x.shape[1], Shape.Heads, ModelShape.HeadWidth);

    private static Tensor Linear(Tensor x, Tensor weight, MatrixGroup shape) =>
        nn.functional.linear(x, weight.view(shape.Rows, shape.Columns));
}
