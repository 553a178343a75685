using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Model;

/// <summary>Root-mean-square norm over the last dimension, in 32 bits.</summary>
internal static class RmsNorm
{
    private static readonly long[] LastDimension = [-1];
    private static readonly Scalar Epsilon = ModelShape.NormEpsilon;

    /// <summary>x / sqrt(mean(x^2) + epsilon) * gain.</summary>
    public static Tensor Apply(Tensor x, Tensor gain) =>
        x * x.square().mean(LastDimension, keepdim: true).add(Epsilon).rsqrt() * gain;
}
