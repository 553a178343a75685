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
