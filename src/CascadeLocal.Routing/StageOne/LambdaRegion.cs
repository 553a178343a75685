namespace CascadeLocal.Routing.StageOne;

/// <summary>The λ of [low, high) give one and the same plan.</summary>
/// <param name="Low">Where it begins; the first region begins at 0.</param>
/// <param name="High">Where the next one begins; infinite for the last.</param>
/// <param name="Plan">The plan of the region.</param>
public sealed record LambdaRegion(double Low, double High, RoutingPlan Plan)
{
    /// <summary>A short λ inside that stands for the region.</summary>
    public double Name { get; } = LambdaName.Of(Low, High);
}

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
