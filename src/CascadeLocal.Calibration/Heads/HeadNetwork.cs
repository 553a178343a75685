using CascadeLocal.Calibration.Statistics;

using TorchSharp;
using static TorchSharp.torch;

namespace CascadeLocal.Calibration.Heads;

/// <summary>
/// Heads of one shape trained side by side on the same rows, each with its own weights of the rows: one for every fold that
/// is held out, and one for all rows. All parameters are one array, so a step moves one array and reads one gradient.
/// </summary>
/// <remarks>
/// No number is written into a tensor expression: TorchSharp makes a finalised Scalar of each, which nothing keeps alive
/// during the native call.
/// </remarks>
internal sealed class HeadNetwork : IDisposable
{
    private readonly Tensor _rows;
    private readonly Tensor _labels;
    private readonly Tensor _weights;
    private readonly long _count;
    private readonly int _inputs;
    private readonly int _hidden;
    private readonly int _heads;

    /// <param name="rows">Scaled rows, each with a last column of ones for the biases; row-major.</param>
    /// <param name="inputs">Columns, with that of ones.</param>
    /// <param name="labels">Rows × heads.</param>
    /// <param name="weights">Rows × heads; those of a head sum to 1.</param>
    /// <param name="hidden">Hidden units of a head.</param>
    /// <param name="heads">How many heads.</param>
    public HeadNetwork(float[] rows, int inputs, float[] labels, float[] weights, int hidden, int heads)
    {
        (_inputs, _hidden, _heads, _count) = (inputs, hidden, heads, rows.Length / inputs);
        _rows = tensor(rows, [_count, inputs]).DetachFromDisposeScope();
        _labels = tensor(labels, [_count, heads]).DetachFromDisposeScope();
        _weights = tensor(weights, [_count, heads]).DetachFromDisposeScope();
    }

    /// <summary>How many parameters all heads have.</summary>
    public int Parameters => _inputs * _heads * _hidden + _heads * _hidden + _inputs * _heads;

    /// <summary>Where the weights behind the hidden units begin.</summary>
    private int OutputStart => _inputs * _heads * _hidden;

    /// <summary>Where the direct weights begin.</summary>
    private int DirectStart => OutputStart + _heads * _hidden;

    /// <summary>Random hidden units that nothing hears yet, and the base rate; the same for every head.</summary>
    public float[] Start(double baseRate, ulong seed)
    {
        SeededGenerator generator = new(seed);
        float[] parameters = new float[Parameters];
        double width = 1 / Math.Sqrt(_inputs);
        for (int input = 0; input < _inputs; input++)
        {
            for (int unit = 0; unit < _hidden; unit++)
            {
                float weight = (float)(width * (2 * generator.NextDouble() - 1) * Math.Sqrt(3));
                for (int head = 0; head < _heads; head++)
                    parameters[(input * _heads + head) * _hidden + unit] = weight;
            }
        }

        parameters.AsSpan(DirectStart + (_inputs - 1) * _heads, _heads).Fill((float)Math.Log(baseRate / (1 - baseRate)));
        return parameters;
    }

    /// <summary>The weights of other heads of as many hidden units; features that they did not see begin without any.</summary>
    /// <param name="weights">Those.</param>
    /// <param name="seen">The features that the columns of the rows are.</param>
    public float[] StartFrom(HeadWeights weights, int[] seen)
    {
        float[] parameters = new float[Parameters];
        (int wide, int inputsThen) = (_heads * _hidden, weights.Seen.Length + 1);
        int outputThen = inputsThen * wide;
        for (int input = 0; input < _inputs; input++)
        {
            int then = input < seen.Length ? Array.IndexOf(weights.Seen, seen[input]) : weights.Seen.Length;
            if (then < 0)
                continue;
            weights.Parameters.AsSpan(then * wide, wide).CopyTo(parameters.AsSpan(input * wide));
            weights.Parameters.AsSpan(outputThen + wide + then * _heads, _heads).CopyTo(parameters.AsSpan(DirectStart + input * _heads));
        }

        weights.Parameters.AsSpan(outputThen, wide).CopyTo(parameters.AsSpan(OutputStart));
        return parameters;
    }

    /// <summary>The scores of all rows by all heads, and the gradient of the sum of their losses.</summary>
    public void Evaluate(float[] parameters, float[] scores, float[] gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor flat = tensor(parameters, requires_grad: true);
        Tensor output = flat.narrow(0, DirectStart, _inputs * _heads).view(_inputs, _heads);
        Tensor sum = _rows.mm(output);
        if (_hidden > 0)
        {
            Tensor units = _rows.mm(flat.narrow(0, 0, OutputStart).view(_inputs, _heads * _hidden)).tanh().view(_count, _heads, _hidden);
            Tensor heard = units.mul(flat.narrow(0, OutputStart, _heads * _hidden).view(1, _heads, _hidden));
            sum = cat([heard, sum.unsqueeze(2)], 2).sum(2);
        }

        Tensor loss = nn.functional.binary_cross_entropy_with_logits(sum, _labels, _weights, nn.Reduction.Sum);
        loss.backward();
        flat.grad!.data<float>().CopyTo(gradient);
        sum.detach().data<float>().CopyTo(scores);
    }

    /// <summary>Whether a parameter is a weight, not a bias; biases are not drawn to 0.</summary>
    public bool IsWeight(int parameter) => parameter < OutputStart
        ? parameter / (_heads * _hidden) < _inputs - 1
        : parameter < DirectStart || (parameter - DirectStart) / _heads < _inputs - 1;

    /// <summary>One head's parts, over all features.</summary>
    /// <param name="parameters">Of all heads.</param>
    /// <param name="head">Which one.</param>
    /// <param name="seen">The features that the columns of the rows are.</param>
    /// <param name="features">How many features there are; those that are not seen have no weight.</param>
    public (float[] Hidden, float[] HiddenBias, float[] Output, float[] Direct, float Bias) Parts(
        float[] parameters, int head, IReadOnlyList<int> seen, int features)
    {
        float Hidden(int input, int unit) => parameters[(input * _heads + head) * _hidden + unit];
        float Direct(int input) => parameters[DirectStart + input * _heads + head];
        float[] hidden = new float[_hidden * features], direct = new float[features];
        for (int column = 0; column < seen.Count; column++)
        {
            direct[seen[column]] = Direct(column);
            for (int unit = 0; unit < _hidden; unit++)
                hidden[unit * features + seen[column]] = Hidden(column, unit);
        }

        return (
            hidden,
            [.. Enumerable.Range(0, _hidden).Select(unit => Hidden(seen.Count, unit))],
            [.. Enumerable.Range(0, _hidden).Select(unit => parameters[OutputStart + head * _hidden + unit])],
            direct,
            Direct(seen.Count));
    }

    public void Dispose()
    {
        _rows.Dispose();
        _labels.Dispose();
        _weights.Dispose();
    }
}

/// <summary>What heads have learnt that were trained side by side.</summary>
/// <param name="Parameters">Of all of them, as <see cref="HeadNetwork"/> has them.</param>
/// <param name="Seen">The features that they see.</param>
/// <param name="FoldOf">By question: which of them has not seen it.</param>
internal sealed record HeadWeights(float[] Parameters, int[] Seen, IReadOnlyDictionary<int, int> FoldOf);

/// <summary>Adam (Kingma and Ba 2015) on one array.</summary>
internal sealed class AdamStep(int parameters, double rate)
{
    private const double MeanDecay = 0.9;
    private const double SquareDecay = 0.99;
    private const double Epsilon = 1e-8;

    private readonly double[] _means = new double[parameters];
    private readonly double[] _squares = new double[parameters];
    private int _steps;

    public void Apply(float[] values, float[] gradient)
    {
        _steps++;
        double step = rate * Math.Sqrt(1 - Math.Pow(SquareDecay, _steps)) / (1 - Math.Pow(MeanDecay, _steps));
        for (int i = 0; i < values.Length; i++)
        {
            double slope = gradient[i];
            _means[i] += (1 - MeanDecay) * (slope - _means[i]);
            _squares[i] += (1 - SquareDecay) * (slope * slope - _squares[i]);
            values[i] -= (float)(step * _means[i] / (Math.Sqrt(_squares[i]) + Epsilon));
        }
    }
}
