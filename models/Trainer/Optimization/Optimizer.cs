using CascadeLocal.Trainer.Model;

using TorchSharp;

using static TorchSharp.torch;

namespace CascadeLocal.Trainer.Optimization;

/// <summary>Muon for the hidden matrices and AdamW for the rest, behind one clip of the gradient's norm.</summary>
internal sealed class Optimizer(LlamaModel model, double peakRate) : IDisposable
{
    private const float MaximumNorm = 1f;

    // AdamW's steps are not orthogonalised; this ratio keeps both kinds of weight moving at a like pace.
    private const double AdamRatio = 0.3;

    /// <summary>The hidden matrices' optimizer.</summary>
    public Muon Hidden { get; } = new(model);

    /// <summary>The embedding's and gains' optimizer.</summary>
    public AdamW Rest { get; } = new(model);

    /// <summary>Steps done, which AdamW's bias correction needs.</summary>
    public long Steps { get; set; }

    /// <summary>The state that a checkpoint has to keep, by name.</summary>
    public IReadOnlyList<(string Name, Tensor Values)> State =>
        [("muon.momentum", Hidden.Momentum), ("adam.first", Rest.First), ("adam.second", Rest.Second)];

    /// <summary>One update of the model.</summary>
    /// <param name="gradient">Flat, in the order of the model's weights; changed by clipping.</param>
    /// <param name="factor">The share of the peak rate.</param>
    public void Step(Tensor gradient, double factor)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float norm = gradient.norm().item<float>();
        if (!float.IsFinite(norm))
            throw new TrainingDivergedException($"the gradient's norm is {norm} after {Steps} steps");
        if (norm > MaximumNorm)
            gradient.mul_(MaximumNorm / norm);
        Hidden.Step(gradient, peakRate * factor);
        Rest.Step(gradient, peakRate * factor * AdamRatio, Steps);
        Steps++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Hidden.Dispose();
        Rest.Dispose();
    }
}
