using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>A product in float32 or, between float32 ends, in bfloat16.</summary>
internal sealed class TorchLinear : Linear
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    /// <param name="weight">[outputs, inputs], float32; taken over.</param>
    /// <param name="bias">[outputs], float32; taken over.</param>
    /// <param name="type">Number format of the product.</param>
    public TorchLinear(Tensor weight, Tensor bias, ScalarType type)
    {
        _weight = weight.to_type(type).DetachFromDisposeScope();
        _bias = bias.to_type(type).DetachFromDisposeScope();
    }

    public override Tensor Apply(Tensor input)
    {
        if (_weight.dtype == ScalarType.Float32)
            return nn.functional.linear(input, _weight, _bias);
        using Tensor narrow = input.to_type(_weight.dtype);
        using Tensor product = nn.functional.linear(narrow, _weight, _bias);
        return product.to_type(ScalarType.Float32);
    }

    public override void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
