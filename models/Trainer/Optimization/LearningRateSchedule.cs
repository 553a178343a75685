namespace CascadeLocal.Trainer.Optimization;

/// <summary>The share of the peak learning rate: warm-up, flat, then linear decay.</summary>
internal static class LearningRateSchedule
{
    /// <summary>Steps of warm-up.</summary>
    public const int WarmUpSteps = 100;

    private const double FlatUntil = 0.3;
    private const double Floor = 0.02;

    /// <summary>The factor for a step.</summary>
    /// <param name="step">Steps done so far.</param>
    /// <param name="progress">The spent share of the budget, in steps or in time.</param>
    public static double Factor(long step, double progress)
    {
        double warm = Math.Min(1, (step + 1) / (double)WarmUpSteps);
        double decayed = 1 - ((Math.Clamp(progress, FlatUntil, 1) - FlatUntil) / (1 - FlatUntil) * (1 - Floor));
        return warm * decayed;
    }
}
