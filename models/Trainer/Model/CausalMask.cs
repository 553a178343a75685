using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Model;

/// <summary>Minus infinity above the diagonal, kept per number type.</summary>
internal sealed class CausalMask : IDisposable
{
    private readonly Dictionary<ScalarType, Tensor> _masks = [];

    /// <summary>The mask of the first <paramref name="length"/> positions, [length, length].</summary>
    public Tensor Get(long length, ScalarType type)
    {
        if (!_masks.TryGetValue(type, out Tensor? mask))
        {
            using Tensor full = torch.full([ModelShape.ContextLength, ModelShape.ContextLength], float.NegativeInfinity, type);
            mask = full.triu(1).DetachFromDisposeScope();
            _masks.Add(type, mask);
        }

        return mask.narrow(0, 0, length).narrow(1, 0, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor mask in _masks.Values)
            mask.Dispose();
    }
}
