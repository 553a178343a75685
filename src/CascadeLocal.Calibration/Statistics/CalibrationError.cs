namespace CascadeLocal.Calibration.Statistics;

/// <summary>How far probabilities are from the rates that they stand for.</summary>
public static class CalibrationError
{
    private const int Bins = 10;

    /// <summary>
    /// The expected calibration error over ten bins of equal mass: the mean distance between a bin's mean probability and its
    /// rate of right answers, weighted by its answers. Equal probabilities stay in one bin. Null without answers.
    /// </summary>
    public static double? Expected(ReadOnlySpan<double> probabilities, ReadOnlySpan<double> labels)
    {
        int n = probabilities.Length;
        double error = 0;
        double gap = 0;
        int taken = 0;
        int bin = 1;
        foreach (ScoreTie tie in ScoreTie.Falling(probabilities, labels))
        {
            gap += tie.Count * tie.Score - tie.Right;
            taken += tie.Count;
            if ((long)taken * Bins < (long)bin * n)
                continue;
            error += Math.Abs(gap);
            gap = 0;
            bin = (int)((long)taken * Bins / n) + 1;
        }

        return n == 0 ? null : error / n;
    }
}
