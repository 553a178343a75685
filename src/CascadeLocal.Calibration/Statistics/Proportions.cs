namespace CascadeLocal.Calibration.Statistics;

/// <summary>Intervals for error rates, from rates and counts alone.</summary>
public static class Proportions
{
    /// <summary>The chance that an interval misses: 5 %, so the confidence is 95 %.</summary>
    public const double Alpha = 0.05;

    /// <summary>The interval of Wilson for a rate over <paramref name="n"/> queries, at 95 %; [0, 1] where there are none.</summary>
    public static Interval Wilson(double rate, double n) => Wilson(rate, n, Normal.TwoSided(Alpha));

    internal static Interval Wilson(double rate, double n, double z)
    {
        if (n <= 0)
            return new(0, 1);
        double spread = z * z / n;
        double centre = rate + spread / 2;
        double half = Math.Sqrt(spread * (rate * (1 - rate) + spread / 4));
        return new(Math.Max(0, (centre - half) / (1 + spread)), Math.Min(1, (centre + half) / (1 + spread)));
    }

    /// <summary>
    /// The interval of Newcombe for the difference <paramref name="a"/> - <paramref name="b"/> of two rates over
    /// <paramref name="n"/> queries each (his method 10, from Wilson's bounds).
    /// </summary>
    /// <param name="a">The one rate.</param>
    /// <param name="b">The other.</param>
    /// <param name="n">How many queries each was measured on.</param>
    /// <param name="z">Half the width of the interval in standard errors.</param>
    /// <param name="correlation">Of the two over the same queries; 0 for independent samples. It narrows the interval.</param>
    internal static Interval Newcombe(double a, double b, double n, double z, double correlation = 0) =>
        Newcombe(a, n, b, n, z, correlation);

    /// <summary>The same of rates over different numbers of queries.</summary>
    internal static Interval Newcombe(double a, double queriesOfA, double b, double queriesOfB, double z, double correlation)
    {
        Interval boundsOfA = Wilson(a, queriesOfA, z);
        Interval boundsOfB = Wilson(b, queriesOfB, z);
        return new(
            a - b - Distance(a - boundsOfA.Low, boundsOfB.High - b, correlation),
            a - b + Distance(boundsOfA.High - a, b - boundsOfB.Low, correlation));
    }

    private static double Distance(double one, double other, double correlation) =>
        Math.Sqrt(Math.Max(0, one * one + other * other - 2 * correlation * one * other));
}

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower bound.</param>
/// <param name="High">Its upper bound.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>As reports have it.</summary>
    internal IReadOnlyList<double> ToList() => [Low, High];

    /// <summary>
    /// The interval of a mean of losses and gains where one kind, or both, was not seen at all: that none of a few is lost does not say that
    /// none is. Bounds are joined as Newcombe joins them.
    /// </summary>
    /// <param name="value">The mean that this interval is of.</param>
    /// <param name="loss">How large the loss may be of which none was seen; 0 where some was, or there can be none.</param>
    /// <param name="gain">The same of gains.</param>
    internal Interval WithUnseen(double value, double loss, double gain) => new(
        loss > 0 ? value - Math.Sqrt((value - Low) * (value - Low) + loss * loss) : Low,
        gain > 0 ? value + Math.Sqrt((High - value) * (High - value) + gain * gain) : High);
}

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    // Beyond this, no double differs from 1.
    private const double Far = 9;

    /// <summary>The probability of a value up to <paramref name="z"/>.</summary>
    public static double Cumulative(double z)
    {
        if (Math.Abs(z) >= Far)
            return z > 0 ? 1 : 0;
        // 1/2 + density(z) · (z + z³/3 + z⁵/(3·5) + ...)
        double term = z;
        double sum = z;
        for (int n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= z * z / n;
            sum += term;
        }

        return 0.5 + sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>The z that bounds a two-sided interval of a confidence of 1 - <paramref name="alpha"/>.</summary>
    public static double TwoSided(double alpha)
    {
        double low = 0;
        double high = Far;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (2 * (1 - Cumulative(middle)) > alpha)
                low = middle;
            else
                high = middle;
        }

        return high;
    }
}
