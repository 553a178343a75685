namespace CascadeLocal.Trainer.Tasks;

/// <summary>Deals questions to the splits: 12 of 16 train the models, one sixteenth goes to each other split.</summary>
internal static class TaskSplits
{
    private const int Shares = 16;

    /// <summary>The split that owns <paramref name="key"/>, for ever and in every process.</summary>
    public static TaskSplit Of(string key) => (StableHash.Of(key) % Shares) switch
    {
        0 => TaskSplit.Test,
        1 => TaskSplit.Fit,
        2 => TaskSplit.Certify,
        3 => TaskSplit.Probe,
        _ => TaskSplit.LmTrain,
    };
}
