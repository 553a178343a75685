using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>x·Wᵀ + b of float32 inputs, in whatever format the product is computed.</summary>
internal abstract class Linear : IDisposable
{
    /// <summary>Takes and gives float32, [..., inputs] and [..., outputs].</summary>
    public abstract Tensor Apply(Tensor input);

    /// <inheritdoc/>
    public abstract void Dispose();
}
