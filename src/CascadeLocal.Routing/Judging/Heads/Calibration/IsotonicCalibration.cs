using CascadeLocal.Routing.Embedding.Safetensors;
using CascadeLocal.Routing.Judging.Measures;

namespace CascadeLocal.Routing.Judging.Heads.Calibration;

/// <summary>
/// The growing step curve with the least squared distance to the labels, by pooling adjacent violators; between the middles
/// of its steps it is linear, so that scores inside a step keep their order.
/// </summary>
internal sealed class IsotonicCalibration : ScoreCalibration
{
    private const float LeastRate = 1e-6f;

    private readonly float[] _scores;
    private readonly float[] _rates;

    private IsotonicCalibration(float[] scores, float[] rates) => (_scores, _rates) = (scores, rates);

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

    public static IsotonicCalibration Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        Stack<Step> steps = [];
        foreach (ScoreTie tie in Enumerable.Reverse(ScoreTie.Falling(scores, labels)))
        {
            Step step = new(tie.Count, tie.Count * tie.Score, tie.Right);
            // A step that is not above the one before it is pooled with it.
            while (steps.TryPeek(out Step last) && last.Rate >= step.Rate)
            {
                steps.Pop();
                step = new(last.Count + step.Count, last.Scores + step.Scores, last.Right + step.Right);
            }

            steps.Push(step);
        }

        // No number of answers makes sure: half an answer is kept back from 0 and 1.
        double least = 0.5 / (scores.Length + 1);
        List<(float Score, float Rate)> knots = [];
        foreach (Step step in steps.Reverse())
        {
            float score = (float)(step.Scores / step.Count);
            if (knots.Count == 0 || score > knots[^1].Score)
                knots.Add((score, (float)Math.Clamp(step.Rate, least, 1 - least)));
        }

        return new([.. knots.Select(k => k.Score)], [.. knots.Select(k => k.Rate)]);
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

    private readonly record struct Step(int Count, double Scores, double Right)
    {
        public double Rate => Right / Count;
    }
}
