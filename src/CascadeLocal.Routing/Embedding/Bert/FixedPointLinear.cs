using System.Runtime.InteropServices;

using CascadeLocal.Routing.Embedding.FixedPoint;

using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>A product of 16-bit integers, on the CPU.</summary>
internal sealed class FixedPointLinear : Linear
{
    private readonly FixedPointMatrix _weight;
    private readonly float[] _bias;
    private readonly FixedPointRows _workspace;

    /// <param name="weight">[outputs, inputs], float32.</param>
    /// <param name="bias">[outputs], float32.</param>
    /// <param name="workspace">Shared by all products that run one after the other.</param>
    public FixedPointLinear(Tensor weight, Tensor bias, FixedPointRows workspace)
    {
        using Tensor whole = weight.contiguous();
        _weight = new(MemoryMarshal.Cast<byte, float>(whole.bytes), (int)weight.shape[0], (int)weight.shape[1]);
        _bias = bias.data<float>().ToArray();
        _workspace = workspace;
    }

    public override Tensor Apply(Tensor input)
    {
        using Tensor whole = input.contiguous();
        Tensor result = empty([.. input.shape[..^1], _weight.Outputs]);
        FixedPointProduct.Multiply(
            MemoryMarshal.Cast<byte, float>(whole.bytes), _weight, _bias, _workspace, MemoryMarshal.Cast<byte, float>(result.bytes));
        GC.KeepAlive(whole);
        GC.KeepAlive(result);
        return result;
    }

    public override void Dispose() => _weight.Dispose();
}
