namespace CascadeLocal.Calibration.Statistics;

/// <summary>The exact bound of a rate from a count (Clopper and Pearson 1934).</summary>
public static class ClopperPearson
{
    /// <summary>
    /// The upper end of the one-sided interval: the largest rate under which so few events still have probability
    /// <paramref name="delta"/>. 1 where nothing was observed.
    /// </summary>
    public static double Upper(int events, int trials, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(events);
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, events);
        if (events == trials)
            return 1;
        double low = (double)events / trials;
        double high = 1;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (AtMost(events, trials, middle) > delta)
                low = middle;
            else
                high = middle;
        }

        return high;
    }

    /// <summary>The probability of at most <paramref name="events"/> among <paramref name="trials"/> at a rate above 0 and below 1.</summary>
    internal static double AtMost(int events, int trials, double rate)
    {
        // From the last term down; the largest possible factor is taken out, so that no term overflows.
        double logTerm = LogBinomial(trials, events) + events * Math.Log(rate) + (trials - events) * Math.Log(1 - rate);
        double sum = 1;
        double ratio = 1;
        for (int i = events; i > 0 && ratio > 1e-18 * sum && ratio < 1e200; i--)
        {
            ratio *= i / (trials - i + 1.0) * ((1 - rate) / rate);
            sum += ratio;
        }

        return Math.Exp(logTerm + Math.Log(sum));
    }

    private static double LogBinomial(int n, int k)
    {
        double sum = 0;
        for (int i = 1; i <= Math.Min(k, n - k); i++)
            sum += Math.Log((n - Math.Min(k, n - k) + i) / (double)i);
        return sum;
    }
}
