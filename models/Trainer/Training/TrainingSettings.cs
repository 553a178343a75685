using CascadeLocal.Trainer.Model;

namespace CascadeLocal.Trainer.Training;

/// <summary>What determines a training run besides its data.</summary>
/// <param name="Shape">The model's dimensions.</param>
/// <param name="Seed">Of the weights and of the data.</param>
/// <param name="Budget">How long.</param>
/// <param name="PeakRate">Muon's learning rate at its peak.</param>
/// <param name="TokensPerBatch">Places of a batch, padding included.</param>
internal sealed record TrainingSettings(
    ModelShape Shape, ulong Seed, TrainingBudget Budget, double PeakRate, int TokensPerBatch)
{
    /// <summary>The settings that were found good for a shape.</summary>
    public static TrainingSettings For(ModelShape shape, ulong seed, TrainingBudget budget) => shape.Width switch
    {
        <= 64 => new(shape, seed, budget, 0.02, 1024),
        <= 128 => new(shape, seed, budget, 0.012, 2048),
        <= 256 => new(shape, seed, budget, 0.01, 2048),
        _ => new(shape, seed, budget, 0.01, 4096),
    };
}
