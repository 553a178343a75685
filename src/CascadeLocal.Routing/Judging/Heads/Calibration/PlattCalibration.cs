using CascadeLocal.Routing.Embedding.Safetensors;

namespace CascadeLocal.Routing.Judging.Heads.Calibration;

/// <summary>1/(1 + exp(−(a·score + b))), a ≥ 0, fitted by maximum likelihood with Platt's smoothed labels.</summary>
internal sealed class PlattCalibration(double slope, double offset) : ScoreCalibration
{
    private const int Steps = 50;

    // Keeps the slope finite where the scores separate right from wrong.
    private const double Ridge = 1e-6;
    private const double LeastProbability = 1e-6;

    public override CalibrationKind Kind => CalibrationKind.Platt;

    public override double Apply(double score) =>
        Math.Clamp(Sigmoid(slope * score + offset), LeastProbability, 1 - LeastProbability);

    /// <summary>Newton's method on a convex loss of two numbers.</summary>
    public static PlattCalibration Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double right = 0;
        foreach (double label in labels)
            right += label;
        double wrong = labels.Length - right;
        double high = (right + 1) / (right + 2);
        double low = 1 / (wrong + 2);
        (double a, double b) = (0, Math.Log((right + 1) / (wrong + 1)));
        for (int step = 0; step < Steps; step++)
        {
            (double ga, double gb, double haa, double hab, double hbb) = (Ridge * a, 0, Ridge, 0, Ridge);
            for (int i = 0; i < scores.Length; i++)
            {
                double p = Sigmoid(a * scores[i] + b);
                double error = p - (low + labels[i] * (high - low));
                double weight = p * (1 - p);
                ga += error * scores[i];
                gb += error;
                haa += weight * scores[i] * scores[i];
                hab += weight * scores[i];
                hbb += weight;
            }

            double determinant = haa * hbb - hab * hab;
            if (!(determinant > 1e-12))
                break;
            // A step that is bounded cannot leave where the curve still bends.
            a -= Math.Clamp((hbb * ga - hab * gb) / determinant, -1, 1);
            b -= Math.Clamp((haa * gb - hab * ga) / determinant, -1, 1);
        }

        // Scores that rank backwards are no evidence: all answers get the base rate.
        return a > 0 ? new(a, b) : new(0, Math.Log((right + 1) / (wrong + 1)));
    }

    internal static PlattCalibration Read(IReadOnlyDictionary<string, NamedTensor> tensors, string prefix)
    {
        float[] numbers = tensors[$"{prefix}platt"].Values;
        return numbers is [>= 0, _] ? new(numbers[0], numbers[1]) : throw new ArgumentException($"{prefix}platt is not a slope from 0 up and an offset");
    }

    internal override ScoreCalibration Moved(LogOddsShift shift) => new PlattCalibration(slope, offset + shift.Offset);

    internal override IEnumerable<NamedTensor> ToTensors(string prefix) => [new($"{prefix}platt", [2], [(float)slope, (float)offset])];

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
