namespace CascadeLocal.Calibration.Evaluation.Intervals;

/// <summary>An interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
internal readonly record struct Bounds(double Low, double High)
{
    /// <summary>As reports have it.</summary>
    public IReadOnlyList<double> ToList() => [Low, High];
}
