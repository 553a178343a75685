namespace CascadeLocal.Trainer.Training;

/// <summary>How long to train: in steps or in minutes of training time. The learning rate's schedule follows it.</summary>
/// <param name="Steps">Steps, or null.</param>
/// <param name="Minutes">Minutes, if there are no steps.</param>
internal sealed record TrainingBudget(long? Steps, double? Minutes)
{
    /// <summary>The spent share, from 0.</summary>
    public double Spent(long steps, TimeSpan time) =>
        Steps is { } most ? steps / (double)most : time.TotalMinutes / Minutes!.Value;
}
