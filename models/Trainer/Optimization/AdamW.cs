using CascadeLocal.Trainer.Model;

using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Optimization;

/// <summary>AdamW without weight decay for the embedding and the norms' gains, which lie in front of the flat vector.</summary>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.98;

    private static readonly Scalar FirstDecay = (float)Beta1;
    private static readonly Scalar FirstWeight = (float)(1 - Beta1);
    private static readonly Scalar SecondDecay = (float)Beta2;
    private static readonly Scalar SecondWeight = (float)(1 - Beta2);
    private static readonly Scalar Epsilon = 1e-8f;

    private readonly Tensor _weights;
    private readonly int _length;

    /// <summary>Optimizes the embedding and the gains of a model.</summary>
    public AdamW(LlamaModel model)
    {
        _length = model.Layout.HiddenOffset;
        _weights = model.Values.narrow(0, 0, _length);
        First = zeros(_length);
        Second = zeros(_length);
    }

    /// <summary>The running mean of the gradient.</summary>
    public Tensor First { get; }

    /// <summary>The running mean of its square.</summary>
    public Tensor Second { get; }

    /// <summary>One update in place.</summary>
    /// <param name="gradient">The gradient of all the model's weights, flat.</param>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="step">Steps done since the state was zero.</param>
    public void Step(Tensor gradient, double learningRate, long step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor part = gradient.narrow(0, 0, _length);
        First.mul_(FirstDecay).add_(part, FirstWeight);
        Second.mul_(SecondDecay).addcmul_(part, part, SecondWeight);
        double firstBias = 1 - Math.Pow(Beta1, step + 1);
        double secondBias = 1 - Math.Pow(Beta2, step + 1);
        Tensor deviation = Second.sqrt().mul_(1 / Math.Sqrt(secondBias)).add_(Epsilon);
        _weights.addcdiv_(First, deviation, -learningRate / firstBias);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        First.Dispose();
        Second.Dispose();
    }
}
