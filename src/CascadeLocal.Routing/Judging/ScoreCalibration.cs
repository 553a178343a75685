using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Judging;

/// <summary>A growing function from a head's score to a probability strictly between 0 and 1.</summary>
public abstract class ScoreCalibration
{
    /// <summary>Which family it is of.</summary>
    public abstract CalibrationKind Kind { get; }

    /// <summary>The chance that an answer of this score is right.</summary>
    public abstract double Apply(double score);

    /// <summary>This curve with its probabilities moved.</summary>
    internal abstract ScoreCalibration Moved(LogOddsShift shift);

    /// <summary>Its numbers, for a policy's file.</summary>
    internal abstract IEnumerable<NamedTensor> ToTensors(string prefix);

    /// <summary>Reads what <see cref="ToTensors"/> gave.</summary>
    internal static ScoreCalibration Read(CalibrationKind kind, IReadOnlyDictionary<string, NamedTensor> tensors, string prefix) =>
        kind == CalibrationKind.Isotonic ? IsotonicCalibration.Read(tensors, prefix) : PlattCalibration.Read(tensors, prefix);
}

/// <summary>Families of calibration.</summary>
public enum CalibrationKind
{
    /// <summary>A logistic curve of two numbers.</summary>
    Platt,

    /// <summary>The growing step curve nearest to the labels, made continuous.</summary>
    Isotonic,
}

/// <summary>1/(1 + exp(−(a·score + b))), a ≥ 0, fitted by maximum likelihood with Platt's smoothed labels.</summary>
internal sealed class PlattCalibration(double slope, double offset) : ScoreCalibration
{
    private const double LeastProbability = 1e-6;

    /// <summary>The logistic of the bare score.</summary>
    public static PlattCalibration Identity { get; } = new(1, 0);

    public override CalibrationKind Kind => CalibrationKind.Platt;

    public override double Apply(double score) =>
        Math.Clamp(Sigmoid(slope * score + offset), LeastProbability, 1 - LeastProbability);

    internal static PlattCalibration Read(IReadOnlyDictionary<string, NamedTensor> tensors, string prefix)
    {
        float[] numbers = tensors[$"{prefix}platt"].Values;
        return numbers is [>= 0, _] ? new(numbers[0], numbers[1]) : throw new ArgumentException($"{prefix}platt is not a slope from 0 up and an offset");
    }

    internal override ScoreCalibration Moved(LogOddsShift shift) => new PlattCalibration(slope, offset + shift.Offset);

    internal override IEnumerable<NamedTensor> ToTensors(string prefix) => [new($"{prefix}platt", [2], [(float)slope, (float)offset])];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}

/// <summary>
/// The growing step curve with the least squared distance to the labels, by pooling adjacent violators; between the middles
/// of its steps it is linear, so that scores inside a step keep their order.
/// </summary>
internal sealed class IsotonicCalibration : ScoreCalibration
{
    private const float LeastRate = 1e-6f;

    private readonly float[] _scores;
    private readonly float[] _rates;

    internal IsotonicCalibration(float[] scores, float[] rates) => (_scores, _rates) = (scores, rates);

    public override CalibrationKind Kind => CalibrationKind.Isotonic;

    public override double Apply(double score)
    {
        float at = (float)score;
        int index = Array.BinarySearch(_scores, at);
        if (index >= 0)
            return _rates[index];
        int above = ~index;
        if (above == 0)
            return _rates[0];
        if (above == _scores.Length)
            return _rates[^1];
        double share = ((double)at - _scores[above - 1]) / ((double)_scores[above] - _scores[above - 1]);
        return _rates[above - 1] + share * (_rates[above] - _rates[above - 1]);
    }

    internal static IsotonicCalibration Read(IReadOnlyDictionary<string, NamedTensor> tensors, string prefix)
    {
        float[] scores = tensors[$"{prefix}isotonic.scores"].Values;
        float[] rates = tensors[$"{prefix}isotonic.rates"].Values;
        bool grows = scores.Length > 0 && scores.Length == rates.Length
            && scores.Zip(scores.Skip(1)).All(pair => pair.First < pair.Second)
            && rates.Zip(rates.Skip(1)).All(pair => pair.First <= pair.Second)
            && rates is [> 0, ..] && rates[^1] < 1;
        return grows ? new(scores, rates) : throw new ArgumentException($"{prefix}isotonic.* is no growing curve within 0 and 1");
    }

    // A rate that rounds to 0 or 1 would be sure.
    internal override ScoreCalibration Moved(LogOddsShift shift) => new IsotonicCalibration(
        _scores, [.. _rates.Select(rate => Math.Clamp((float)shift.Apply(rate), LeastRate, 1 - LeastRate))]);

    internal override IEnumerable<NamedTensor> ToTensors(string prefix) =>
    [
        new($"{prefix}isotonic.scores", [_scores.Length], _scores),
        new($"{prefix}isotonic.rates", [_rates.Length], _rates),
    ];
}

/// <summary>
/// Corrects probabilities as a whole: all log-odds are moved by one number. It keeps their order, and is the part of a calibration
/// that can be learnt from a narrow range of them and still holds beyond it.
/// </summary>
/// <param name="Offset">What is added to the log-odds.</param>
public readonly record struct LogOddsShift(double Offset)
{
    /// <summary>The corrected probability.</summary>
    public double Apply(double probability) => 1 / (1 + Math.Exp(-(Math.Log(probability / (1 - probability)) + Offset)));
}
