namespace CascadeLocal.Calibration.Evaluation.Intervals;

/// <summary>Quantiles with linear interpolation between neighbours (R's type 7).</summary>
internal static class Quantile
{
    /// <summary>The quantile of sorted values; NaN without any.</summary>
    public static double Of(IReadOnlyList<double> sorted, double share)
    {
        if (sorted.Count == 0)
            return double.NaN;
        double place = share * (sorted.Count - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>The median of values in any order; null without any.</summary>
    public static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : Of(sorted, 0.5);
    }
}
