using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding.Bert;

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
