using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding;

/// <summary>x·Wᵀ + b of float32 inputs, in float32 or, between float32 ends, in bfloat16.</summary>
internal sealed class Linear : IDisposable
{
    private readonly Tensor _weight;
    private readonly Tensor _bias;

    /// <param name="weight">[outputs, inputs], float32; taken over.</param>
    /// <param name="bias">[outputs], float32; taken over.</param>
    /// <param name="type">Number format of the product.</param>
    public Linear(Tensor weight, Tensor bias, ScalarType type)
    {
        _weight = weight.to_type(type).DetachFromDisposeScope();
        _bias = bias.to_type(type).DetachFromDisposeScope();
    }

    /// <summary>Takes and gives float32, [..., inputs] and [..., outputs].</summary>
    public Tensor Apply(Tensor input)
    {
        if (_weight.dtype == ScalarType.Float32)
            return nn.functional.linear(input, _weight, _bias);
        using Tensor narrow = input.to_type(_weight.dtype);
        using Tensor product = nn.functional.linear(narrow, _weight, _bias);
        return product.to_type(ScalarType.Float32);
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
