namespace CascadeLocal.Trainer.Training;

/// <summary>Where a stream of batches stands.</summary>
/// <param name="Chunk">The chunk, which is drawn from its own seed.</param>
/// <param name="Index">The next batch within it.</param>
internal readonly record struct BatchPosition(long Chunk, int Index);
