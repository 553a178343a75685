namespace CascadeLocal.Routing.Margins;

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
    /// The interval of Newcombe for the difference <paramref name="a"/> - <paramref name="b"/> of two rates of independent
    /// samples of <paramref name="n"/> queries each (his method 10, from Wilson's bounds). Of the same queries answered by
    /// both models the true interval is mostly narrower, but that takes labels.
    /// </summary>
    internal static Interval Newcombe(double a, double b, double n, double z)
    {
        Interval boundsOfA = Wilson(a, n, z);
        Interval boundsOfB = Wilson(b, n, z);
        return new(
            a - b - double.Hypot(a - boundsOfA.Low, boundsOfB.High - b),
            a - b + double.Hypot(boundsOfA.High - a, b - boundsOfB.Low));
    }
}
