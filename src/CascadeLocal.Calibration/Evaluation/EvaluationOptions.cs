namespace CascadeLocal.Calibration.Evaluation;

/// <summary>How a policy is evaluated.</summary>
public sealed record EvaluationOptions
{
    /// <summary>How many times questions are drawn for the intervals.</summary>
    public int Draws { get; init; } = 10_000;

    /// <summary>Decides the draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether judges are trained again without each group of features.</summary>
    public bool WithAblation { get; init; }

    /// <summary>How right was told from wrong, where that was not by known answers.</summary>
    public string? GradedBy { get; init; }
}
