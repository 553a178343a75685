using CascadeLocal.Routing.Embedding.Safetensors;

namespace CascadeLocal.Routing.Judging.Heads.Calibration;

/// <summary>A growing function from a head's score to a probability strictly between 0 and 1.</summary>
public abstract class ScoreCalibration
{
    /// <summary>From this many answers on, their scores show the shape of the curve; below, only its place and slope.</summary>
    public const int RowsForIsotonic = 500;

    /// <summary>Which family it is of.</summary>
    public abstract CalibrationKind Kind { get; }

    /// <summary>The chance that an answer of this score is right.</summary>
    public abstract double Apply(double score);

    /// <summary>Fits the family that the number of answers allows.</summary>
    /// <param name="scores">Out-of-fold scores: those of answers that the head was not trained on.</param>
    /// <param name="labels">0..1.</param>
    public static ScoreCalibration Fit(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels) =>
        scores.Length >= RowsForIsotonic ? IsotonicCalibration.Of(scores, labels) : PlattCalibration.Of(scores, labels);

    /// <summary>This curve with its probabilities moved.</summary>
    internal abstract ScoreCalibration Moved(LogOddsShift shift);

    /// <summary>Its numbers, for a policy's file.</summary>
    internal abstract IEnumerable<NamedTensor> ToTensors(string prefix);

    /// <summary>Reads what <see cref="ToTensors"/> gave.</summary>
    internal static ScoreCalibration Read(CalibrationKind kind, IReadOnlyDictionary<string, NamedTensor> tensors, string prefix) =>
        kind == CalibrationKind.Isotonic ? IsotonicCalibration.Read(tensors, prefix) : PlattCalibration.Read(tensors, prefix);
}
