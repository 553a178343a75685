using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>A question that every model has answered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Which of the table's texts its prompt is.</param>
/// <param name="Task">Its kind, where the data says it.</param>
/// <param name="Answers">One per model, in the table's order.</param>
public sealed record Question(string Id, int Text, string? Task, IReadOnlyList<Answer> Answers)
{
    /// <summary>
    /// The runs that every model has, one row per model each. Where no run is common to all, the first of each model is one.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<LabelRow>> Runs { get; init; } = [];
}
