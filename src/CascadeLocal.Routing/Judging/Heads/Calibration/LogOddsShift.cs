namespace CascadeLocal.Routing.Judging.Heads.Calibration;

/// <summary>
/// Corrects probabilities as a whole: all log-odds are moved by one number. It keeps their order, and is the part of a calibration
/// that can be learnt from a narrow range of them and still holds beyond it.
/// </summary>
/// <param name="Offset">What is added to the log-odds.</param>
public readonly record struct LogOddsShift(double Offset)
{
    // Log-odds beyond these are sure to double precision.
    private const double Most = 40;
    private const int Halvings = 80;

    /// <summary>The shift by which the mean probability becomes the mean label: maximum likelihood of the one number.</summary>
    /// <param name="probabilities">Strictly between 0 and 1.</param>
    /// <param name="labels">0..1; neither all 0 nor all 1.</param>
    /// <exception cref="ArgumentException">The labels are one-sided, or not as many as the probabilities.</exception>
    public static LogOddsShift Fit(IReadOnlyList<double> probabilities, IReadOnlyList<double> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        double right = labels.Sum();
        if (probabilities.Count != labels.Count || !(right > 0 && right < labels.Count))
            throw new ArgumentException("there is a label for every probability, and they are neither all 0 nor all 1", nameof(labels));
        (double low, double high) = (-Most, Most);
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

    /// <summary>The corrected probability.</summary>
    public double Apply(double probability) => 1 / (1 + Math.Exp(-(Math.Log(probability / (1 - probability)) + Offset)));
}
