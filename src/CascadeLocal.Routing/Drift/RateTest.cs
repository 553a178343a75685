namespace CascadeLocal.Routing.Drift;

/// <summary>How likely a difference between a live rate and an expected one is mere chance, by the normal approximation.</summary>
public static class RateTest
{
    /// <summary>Two rates, each over its own requests; the chance of a difference as large, two-sided.</summary>
    public static double Chance(double live, double liveCount, double expected, double expectedCount)
    {
        double pooled = (live * liveCount + expected * expectedCount) / (liveCount + expectedCount);
        return Chance(live - expected, pooled * (1 - pooled) * (1 / liveCount + 1 / expectedCount));
    }

    /// <summary>A difference of which the variance is known; the chance of one as large, two-sided.</summary>
    public static double Chance(double difference, double variance) =>
        difference == 0 ? 1 : variance > 0 ? ChiSquare.AtLeast(difference * difference / variance, 1) : 0;
}
