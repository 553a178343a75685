using System.Numerics.Tensors;

using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Judging;

/// <summary>
/// Judges an answer from its features: direct connections beside a few hidden units, then a calibration. Managed code;
/// allocates nothing; safe for several threads.
/// </summary>
public sealed class Head
{
    /// <summary>Most features; what is scaled lies on the stack.</summary>
    public const int MostFeatures = 2048;

    private readonly FeatureScale _scale;
    private readonly float[] _hidden;
    private readonly float[] _hiddenBias;
    private readonly float[] _output;
    private readonly float[] _direct;
    private readonly float _bias;

    internal Head(
        FeatureScale scale, float[] hidden, float[] hiddenBias, float[] output, float[] direct, float bias, ScoreCalibration calibration)
    {
        if (direct.Length > MostFeatures)
            throw new ArgumentException($"a head has at most {MostFeatures} features, not {direct.Length}", nameof(direct));
        if (hidden.Length != direct.Length * output.Length || hiddenBias.Length != output.Length
            || scale.Mean.Length != direct.Length || scale.Scale.Length != direct.Length)
        {
            throw new ArgumentException("the parts of the head do not fit together");
        }

        (_scale, _hidden, _hiddenBias, _output, _direct, _bias) = (scale, hidden, hiddenBias, output, direct, bias);
        Calibration = calibration;
    }

    /// <summary>How many features it takes.</summary>
    public int Features => _direct.Length;

    /// <summary>From score to probability.</summary>
    public ScoreCalibration Calibration { get; }

    /// <summary>The log-odds that the answer is right, before calibration.</summary>
    public double Score(ReadOnlySpan<float> features)
    {
        if (features.Length != _direct.Length)
            throw new ArgumentException($"the head takes {_direct.Length} features, not {features.Length}", nameof(features));
        Span<float> scaled = stackalloc float[_direct.Length];
        _scale.Apply(features, scaled);
        float score = _bias + TensorPrimitives.Dot(scaled, _direct);
        for (int unit = 0; unit < _output.Length; unit++)
        {
            ReadOnlySpan<float> weights = _hidden.AsSpan(unit * scaled.Length, scaled.Length);
            score += _output[unit] * MathF.Tanh(_hiddenBias[unit] + TensorPrimitives.Dot(scaled, weights));
        }

        return score;
    }

    /// <summary>The chance that the answer is right, strictly between 0 and 1.</summary>
    public double Probability(ReadOnlySpan<float> features) => Calibration.Apply(Score(features));

    /// <summary>This head with its probabilities moved.</summary>
    internal Head Moved(LogOddsShift shift) =>
        new(_scale, _hidden, _hiddenBias, _output, _direct, _bias, Calibration.Moved(shift));

    /// <summary>This head without its calibration.</summary>
    internal Head Uncalibrated() => new(_scale, _hidden, _hiddenBias, _output, _direct, _bias, PlattCalibration.Identity);

    /// <summary>What <see cref="Read"/> needs beside the tensors.</summary>
    public HeadRecord ToRecord() => new(Features, _output.Length, Calibration.Kind);

    /// <summary>Its numbers under names that begin with <paramref name="prefix"/>.</summary>
    internal IEnumerable<NamedTensor> ToTensors(string prefix) =>
    [
        new($"{prefix}mean", [Features], _scale.Mean),
        new($"{prefix}scale", [Features], _scale.Scale),
        new($"{prefix}hidden.weight", [_output.Length, Features], _hidden),
        new($"{prefix}hidden.bias", [_output.Length], _hiddenBias),
        new($"{prefix}output.weight", [_output.Length], _output),
        new($"{prefix}direct.weight", [Features], _direct),
        new($"{prefix}direct.bias", [1], [_bias]),
        .. Calibration.ToTensors(prefix),
    ];

    /// <summary>Reads what <see cref="ToTensors"/> gave.</summary>
    /// <exception cref="KeyNotFoundException">A tensor is missing.</exception>
    /// <exception cref="ArgumentException">Sizes do not fit the record.</exception>
    internal static Head Read(HeadRecord record, IReadOnlyDictionary<string, NamedTensor> tensors, string prefix)
    {
        float[] Values(string name) => tensors[$"{prefix}{name}"].Values;
        if (Values("direct.bias").Length != 1)
            throw new ArgumentException($"{prefix}direct.bias is not one number");
        Head head = new(
            new(Values("mean"), Values("scale")),
            Values("hidden.weight"),
            Values("hidden.bias"),
            Values("output.weight"),
            Values("direct.weight"),
            Values("direct.bias")[0],
            ScoreCalibration.Read(record.Calibration, tensors, prefix));
        return head.ToRecord() == record ? head : throw new ArgumentException($"the tensors {prefix}* are not those of {record}");
    }
}

/// <summary>The shape of a head, for a policy's file.</summary>
/// <param name="Features">How many features it takes.</param>
/// <param name="Hidden">Its hidden units.</param>
/// <param name="Calibration">Its family of calibration.</param>
public sealed record HeadRecord(int Features, int Hidden, CalibrationKind Calibration);

/// <summary>Brings features to mean 0 and deviation 1 over the training rows. Unknown values become the mean.</summary>
internal sealed class FeatureScale(float[] mean, float[] scale)
{
    /// <summary>So far from the mean every value is the same to a head: nothing there was seen in training.</summary>
    private const float Farthest = 6;

    public float[] Mean { get; } = mean;

    /// <summary>1/deviation; 0 for a feature that never varies or is left out.</summary>
    public float[] Scale { get; } = scale;

    public void Apply(ReadOnlySpan<float> features, Span<float> scaled)
    {
        for (int i = 0; i < scaled.Length; i++)
        {
            float value = (features[i] - Mean[i]) * Scale[i];
            scaled[i] = float.IsNaN(value) ? 0 : Math.Clamp(value, -Farthest, Farthest);
        }
    }
}

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
