namespace CascadeLocal.Trainer.Optimization;

/// <summary>Training produced a number that is not finite.</summary>
internal sealed class TrainingDivergedException(string message) : Exception(message);
