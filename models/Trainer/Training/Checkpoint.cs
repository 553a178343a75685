namespace CascadeLocal.Trainer.Training;

/// <summary>A run's state with its tensors.</summary>
/// <param name="State">Where the run stands.</param>
/// <param name="Tensors">Flat 32-bit tensors by name: weights and optimizer state.</param>
internal sealed record Checkpoint(TrainingState State, IReadOnlyDictionary<string, float[]> Tensors);
