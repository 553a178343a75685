using TorchSharp;
using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding;

/// <summary>Self-attention and a feed-forward block, each added to its input and then normalised.</summary>
internal sealed class BertLayer : IDisposable
{
    private readonly BertShape _shape;
    private readonly Linear _queryKeyValue;
    private readonly Linear _attentionOutput;
    private readonly LayerNorm _attentionNorm;
    private readonly Linear _intermediate;
    private readonly Linear _output;
    private readonly LayerNorm _outputNorm;

    public BertLayer(BertWeights weights, BertShape shape, int index, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        _shape = shape;
        string name = $"encoder.layer.{index}";
        int hidden = shape.Hidden;
        string[] projections = ["query", "key", "value"];
        _queryKeyValue = new(
            cat([.. projections.Select(p => weights.Read($"{name}.attention.self.{p}.weight", hidden, hidden))]),
            cat([.. projections.Select(p => weights.Read($"{name}.attention.self.{p}.bias", hidden))]),
            type);
        _attentionOutput = ReadLinear($"{name}.attention.output.dense", hidden, hidden);
        _attentionNorm = ReadNorm($"{name}.attention.output.LayerNorm");
        _intermediate = ReadLinear($"{name}.intermediate.dense", shape.Intermediate, hidden);
        _output = ReadLinear($"{name}.output.dense", hidden, shape.Intermediate);
        _outputNorm = ReadNorm($"{name}.output.LayerNorm");

        Linear ReadLinear(string part, int outputs, int inputs) =>
            new(weights.Read($"{part}.weight", outputs, inputs), weights.Read($"{part}.bias", outputs), type);
        LayerNorm ReadNorm(string part) =>
            new(weights.Read($"{part}.weight", hidden), weights.Read($"{part}.bias", hidden), shape.Epsilon);
    }

    /// <param name="input">[texts, tokens, hidden].</param>
    /// <param name="mask">Added to the attention scores, [texts, 1, 1, tokens], or null without padding.</param>
    public Tensor Forward(Tensor input, Tensor? mask)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attended = _attentionNorm.Apply(Attend(input, mask).add_(input, BertEncoder.One));
        Tensor widened = nn.functional.gelu(_intermediate.Apply(attended));
        return _outputNorm.Apply(_output.Apply(widened).add_(attended, BertEncoder.One)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _queryKeyValue.Dispose();
        _attentionOutput.Dispose();
        _attentionNorm.Dispose();
        _intermediate.Dispose();
        _output.Dispose();
        _outputNorm.Dispose();
    }

    private Tensor Attend(Tensor input, Tensor? mask)
    {
        long texts = input.shape[0], tokens = input.shape[1];
        Tensor[] heads = _queryKeyValue.Apply(input)
            .view(texts, tokens, 3, _shape.Heads, _shape.HeadSize)
            .permute(2, 0, 3, 1, 4)
            .unbind(0);
        Tensor mixed = nn.functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], mask, 0.0, false);
        return _attentionOutput.Apply(mixed.transpose(1, 2).reshape(texts, tokens, _shape.Hidden));
    }
}

/// <summary>Layer normalisation over the last dimension, in float32.</summary>
internal sealed class LayerNorm(Tensor weight, Tensor bias, double epsilon) : IDisposable
{
    private readonly long[] _shape = [weight.shape[0]];
    private readonly Tensor _weight = weight.DetachFromDisposeScope();
    private readonly Tensor _bias = bias.DetachFromDisposeScope();

    public Tensor Apply(Tensor input) => nn.functional.layer_norm(input, _shape, _weight, _bias, epsilon);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
