namespace CascadeLocal.Routing.Regions;

/// <summary>Names a region by a λ with few decimals.</summary>
internal static class LambdaName
{
    private const int MostDecimals = 12;

    // In steps: a bound that should be a multiple but for its rounding counts as one.
    private const double Rounding = 1e-9;

    /// <summary>
    /// The largest multiple of 0.1 strictly inside (low, high), else of 0.01, and so on. For the open region the smallest
    /// multiple of 0.1 above its low end.
    /// </summary>
    public static double Of(double low, double high)
    {
        if (double.IsInfinity(high))
            return (Math.Floor(low * 10 + Rounding) + 1) / 10;
        double scale = 1;
        for (int decimals = 1; decimals <= MostDecimals; decimals++)
        {
            scale *= 10;
            double multiple = Math.Ceiling(high * scale - Rounding) - 1;
            if (multiple > low * scale + Rounding && multiple / scale > low && multiple / scale < high)
                return multiple / scale;
        }

        return low + (high - low) / 2;
    }
}
