using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Queries;

/// <summary>How many questions each query file shall hold.</summary>
internal sealed record QueryCounts
{
    public int LmTrain { get; init; } = 6_000;

    public int Fit { get; init; } = 4_000;

    public int Certify { get; init; } = 4_000;

    public int Test { get; init; } = 4_000;

    public int Probe { get; init; } = 1_000;

    /// <summary>The count for a split.</summary>
    public int For(TaskSplit split) => split switch
    {
        TaskSplit.LmTrain => LmTrain,
        TaskSplit.Fit => Fit,
        TaskSplit.Certify => Certify,
        TaskSplit.Test => Test,
        _ => Probe,
    };
}
