using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Training;

/// <summary>Everything about a run but its tensors: with them it can be continued exactly.</summary>
/// <param name="Settings">The run's settings.</param>
/// <param name="Merges">The merges of its <see cref="BytePairTokenizer"/>.</param>
/// <param name="StartedFrom">The file whose weights it began with, or null.</param>
/// <param name="Commit">The sources that it was begun with: what is committed while it trains has no part in it.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Tokens">Tokens seen, padding not counted.</param>
/// <param name="Time">Time spent in steps.</param>
/// <param name="Position">The next batch.</param>
internal sealed record TrainingState(
    TrainingSettings Settings, IReadOnlyList<string> Merges, string? StartedFrom, string Commit, long Steps,
    long Tokens, TimeSpan Time, BatchPosition Position);
