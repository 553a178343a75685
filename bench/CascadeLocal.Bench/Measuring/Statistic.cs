namespace CascadeLocal.Bench.Measuring;

/// <summary>What stands in the table for many observations of one quantity.</summary>
internal enum Statistic
{
    /// <summary>The middle one.</summary>
    Median,

    /// <summary>The smallest: what the work takes when nothing else on the machine is in its way.</summary>
    Minimum,

    /// <summary>The one that 99 of 100 do not exceed.</summary>
    NinetyNinth,

    /// <summary>The largest.</summary>
    Maximum,
}

/// <summary>Percentiles by nearest rank.</summary>
internal static class Percentile
{
    /// <summary>The value that <paramref name="share"/> of all do not exceed; NaN of none.</summary>
    public static double Of(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
