using System.Runtime.InteropServices;

using CascadeLocal.Routing.Tensors;

using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding;

/// <summary>x·Wᵀ + b of float32 inputs, in whatever format the product is computed.</summary>
internal abstract class Linear : IDisposable
{
    /// <summary>Takes and gives float32, [..., inputs] and [..., outputs].</summary>
    public abstract Tensor Apply(Tensor input);

    /// <inheritdoc/>
    public abstract void Dispose();
}

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

/// <summary>Makes an encoder's products, and has what they share.</summary>
internal sealed class LinearFormat : IDisposable
{
    private readonly EncoderPrecision _precision;
    private readonly FixedPointRows? _workspace;

    /// <param name="precision">What is asked for.</param>
    /// <param name="device">Where the encoder runs.</param>
    /// <exception cref="EmbeddingException">It cannot be had there.</exception>
    public LinearFormat(EncoderPrecision precision, Device device)
    {
        bool hasFixedPoint = FixedPointFormat.IsSupported && device.type == TorchSharp.DeviceType.CPU;
        if (precision == EncoderPrecision.FixedPoint && !hasFixedPoint)
            throw new EmbeddingException("fixed-point products need a CPU with AVX-512 and the device cpu");
        bool isFixedPoint = hasFixedPoint && precision is (EncoderPrecision.FixedPoint or EncoderPrecision.Automatic);
        _workspace = isFixedPoint ? new() : null;
        _precision = precision;
    }

    /// <param name="weight">[outputs, inputs], float32; taken over.</param>
    /// <param name="bias">[outputs], float32; taken over.</param>
    public Linear Create(Tensor weight, Tensor bias)
    {
        if (_workspace is not null)
            return new FixedPointLinear(weight, bias, _workspace);
        bool isNarrow = _precision == EncoderPrecision.BFloat16;
        return new TorchLinear(weight, bias, isNarrow ? ScalarType.BFloat16 : ScalarType.Float32);
    }

    public void Dispose() => _workspace?.Dispose();
}
