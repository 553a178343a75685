using CascadeLocal.Routing.Embedding.FixedPoint;

using static TorchSharp.torch;

namespace CascadeLocal.Routing.Embedding.Bert;

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
