namespace CascadeLocal.Trainer.Tasks;

/// <summary>What a question may be used for. The splits share no question.</summary>
internal enum TaskSplit
{
    /// <summary>Trains the models' weights and nothing else.</summary>
    LmTrain,

    /// <summary>Measures models while they train and in the final tables: operands never seen in training.</summary>
    Test,

    /// <summary>Fits clusters, routing and quality heads.</summary>
    Fit,

    /// <summary>Certifies the fitted thresholds, once.</summary>
    Certify,

    /// <summary>Folds a new model into a fitted pool.</summary>
    Probe,
}
