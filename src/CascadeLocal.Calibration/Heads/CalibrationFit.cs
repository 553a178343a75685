using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Heads;

/// <summary>Fits the curves that turn scores into probabilities.</summary>
public static class CalibrationFit
{
    /// <summary>From this many answers on, their scores show the shape of the curve; below, only its place and slope.</summary>
    public const int RowsForIsotonic = 500;

    private const int NewtonSteps = 50;

    // By so much of what is left to 0 or 1 the rates of the outer steps differ over their half.
    private const double OuterSlope = 0.1;

    // Keeps the slope finite where the scores separate right from wrong.
    private const double Ridge = 1e-6;

    // Log-odds beyond these are sure to double precision.
    private const double MostLogOdds = 40;
    private const int Halvings = 80;

    /// <summary>Fits the family that the number of answers allows.</summary>
    /// <param name="scores">Out-of-fold scores: those of answers that the head was not trained on.</param>
    /// <param name="labels">0..1.</param>
    /// <param name="answers">How many answers decide the family: all of them where these are a part; null for these.</param>
    public static ScoreCalibration Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, int? answers = null) =>
        (answers ?? scores.Length) >= RowsForIsotonic ? Isotonic(scores, labels) : Platt(scores, labels);

    /// <summary>Maximum likelihood with Platt's smoothed labels: Newton's method on a convex loss of two numbers.</summary>
    internal static PlattCalibration Platt(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double right = 0;
        foreach (double label in labels)
            right += label;
        double wrong = labels.Length - right;
        double high = (right + 1) / (right + 2);
        double low = 1 / (wrong + 2);
        (double a, double b) = (0, Math.Log((right + 1) / (wrong + 1)));
        for (int step = 0; step < NewtonSteps; step++)
        {
            (double ga, double gb, double haa, double hab, double hbb) = (Ridge * a, 0, Ridge, 0, Ridge);
            for (int i = 0; i < scores.Length; i++)
            {
                double p = 1 / (1 + Math.Exp(-(a * scores[i] + b)));
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

    /// <summary>The growing step curve nearest to the labels, by pooling adjacent violators.</summary>
    internal static IsotonicCalibration Isotonic(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        Stack<Step> steps = [];
        foreach (ScoreTie tie in Enumerable.Reverse(ScoreTie.Falling(scores, labels)))
        {
            Step step = new(tie.Count, tie.Count * tie.Score, tie.Right, tie.Score, tie.Score);
            // A step that is not above the one before it is pooled with it.
            while (steps.TryPeek(out Step last) && last.Rate >= step.Rate)
            {
                steps.Pop();
                step = new(last.Count + step.Count, last.Scores + step.Scores, last.Right + step.Right, last.Least, step.Greatest);
            }

            steps.Push(step);
        }

        // No number of answers makes sure: half an answer is kept back from 0 and 1.
        double least = 0.5 / (scores.Length + 1);
        List<(float Score, float Rate)> knots = [];
        void Add(double score, double rate)
        {
            if (knots.Count == 0 || (float)score > knots[^1].Score)
                knots.Add(((float)score, (float)Math.Clamp(rate, least, 1 - least)));
        }

        // What lies beyond the middles of the outer steps keeps its order by a slope that the rates hardly show.
        Step[] growing = [.. steps.Reverse()];
        if ((float)growing[0].Least < (float)growing[0].Middle)
            Add(growing[0].Least, growing[0].Rate * (1 - OuterSlope));
        foreach (Step step in growing)
            Add(step.Middle, step.Rate);
        Add(growing[^1].Greatest, growing[^1].Rate + OuterSlope * (1 - growing[^1].Rate));

        return new([.. knots.Select(k => k.Score)], [.. knots.Select(k => k.Rate)]);
    }

    /// <summary>The shift by which the mean probability becomes the mean label: maximum likelihood of the one number.</summary>
    /// <param name="probabilities">Strictly between 0 and 1.</param>
    /// <param name="labels">0..1; neither all 0 nor all 1.</param>
    /// <exception cref="ArgumentException">The labels are one-sided, or not as many as the probabilities.</exception>
    public static LogOddsShift Shift(IReadOnlyList<double> probabilities, IReadOnlyList<double> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        double right = labels.Sum();
        if (probabilities.Count != labels.Count || !(right > 0 && right < labels.Count))
            throw new ArgumentException("there is a label for every probability, and they are neither all 0 nor all 1", nameof(labels));
        (double low, double high) = (-MostLogOdds, MostLogOdds);
        for (int i = 0; i < Halvings; i++)
        {
            LogOddsShift middle = new((low + high) / 2);
            if (probabilities.Sum(middle.Apply) < right)
                low = middle.Offset;
            else
                high = middle.Offset;
        }

        return new((low + high) / 2);
    }

    private readonly record struct Step(int Count, double Scores, double Right, double Least, double Greatest)
    {
        public double Rate => Right / Count;

        public double Middle => Scores / Count;
    }
}
