namespace CascadeLocal.Calibration.Curves;

/// <summary>RouteLLM's figures of a curve.</summary>
/// <param name="Apgr">
/// Average performance gap recovered: the area between the curve and the weak model's accuracy, as a share of that between
/// the strong model's and the weak's. 0.5 is chance. NaN of a curve that stays at one share.
/// </param>
/// <param name="Cpt50">The strong share at which half of the gap between the models is closed.</param>
/// <param name="Cpt80">The strong share at which 80 % of it is closed.</param>
public sealed record RoutingMetrics(double Apgr, double Cpt50, double Cpt80)
{
    /// <summary>The figures, counted in calls of the strong model.</summary>
    public static RoutingMetrics OfCalls(RoutingCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        return Of([.. curve.Points.Select(point => point.StrongShare)], [.. curve.Points.Select(point => point.Accuracy)], curve);
    }

    /// <summary>
    /// The figures of a cascade, counted in cost. It pays for the weak model on every question, so escalating a share e costs
    /// r + e, which a router pays at a strong share of e / (1 − r). Beyond 1 the strong model alone is cheaper, and the area
    /// ends there.
    /// </summary>
    /// <param name="curve">Accuracy against the share that is escalated.</param>
    /// <param name="costRatio">r: cost of the weak model over that of the strong, below 1.</param>
    public static RoutingMetrics OfCost(RoutingCurve curve, double costRatio)
    {
        ArgumentNullException.ThrowIfNull(curve);
        ArgumentOutOfRangeException.ThrowIfNegative(costRatio);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(costRatio, 1);
        return OfCost(curve with { Points = [.. curve.Points.Select(point => point with { StrongShare = point.StrongShare / (1 - costRatio) })] });
    }

    /// <summary>
    /// The figures of a curve over cost, whose area goes from the cost of the weak model alone to that of the strong one: to a curve that
    /// begins beyond the weak model its point is added.
    /// </summary>
    public static RoutingMetrics OfCost(RoutingCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        double[] shares = [.. curve.Points.Select(point => point.StrongShare)];
        double[] accuracies = [.. curve.Points.Select(point => point.Accuracy)];
        RoutingMetrics whole = Of(shares, accuracies, curve);
        if (shares[0] > 0)
            (shares, accuracies) = ([0, .. shares], [curve.Weak, .. accuracies]);
        int inside = shares.Count(share => share < 1);
        double[] area = [.. shares[..inside], 1];
        return whole with { Apgr = Recovered(area, [.. accuracies[..inside], Interpolation.At(1, shares, accuracies)], curve) };
    }

    private static RoutingMetrics Of(double[] shares, double[] accuracies, RoutingCurve curve) => new(
        Recovered(shares, accuracies, curve),
        Interpolation.At(curve.Weak + (0.5 * (curve.Strong - curve.Weak)), accuracies, shares),
        Interpolation.At(curve.Weak + (0.8 * (curve.Strong - curve.Weak)), accuracies, shares));

    private static double Recovered(double[] shares, double[] accuracies, RoutingCurve curve)
    {
        double area = 0;
        for (int i = 1; i < shares.Length; i++)
            area += (shares[i] - shares[i - 1]) * (accuracies[i] + accuracies[i - 1]) / 2;
        double width = shares[^1] - shares[0];
        return (area - (width * curve.Weak)) / (width * (curve.Strong - curve.Weak));
    }
}
