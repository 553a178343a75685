using System.Globalization;

namespace CascadeLocal.Routing.Drift;

/// <summary>
/// Whether live traffic is still what a policy was fitted for. An alarm needs a difference that matters and that chance does not
/// explain: chance alone is seen in small samples, and in large ones everything differs a little.
/// </summary>
public static class TrafficDrift
{
    /// <summary>Fewer requests say nothing.</summary>
    public const int Fewest = 100;

    /// <summary>An alarm is this unlikely where nothing has changed: traffic is looked at often.</summary>
    public const double Chance = 0.001;

    /// <summary>The share of the requests that would have to change their cluster.</summary>
    public const double MostClusterShift = 0.1;

    /// <summary>By how much a rate may be off.</summary>
    public const double MostRateShift = 0.05;

    /// <summary>Compares requests by cluster, by a chi-square test of both samples.</summary>
    /// <param name="live">How many there are live, by cluster; more than none in all.</param>
    /// <param name="fit">How many there were at the fit, in the same order.</param>
    public static ClusterShift Clusters(IReadOnlyList<double> live, IReadOnlyList<double> fit)
    {
        ArgumentNullException.ThrowIfNull(live);
        ArgumentNullException.ThrowIfNull(fit);
        (double liveAll, double fitAll) = (live.Sum(), fit.Sum());
        double shift = live.Select((_, c) => Math.Abs(live[c] / liveAll - fit[c] / fitAll)).Sum() / 2;
        // The fit's shares are a sample, too: both are compared with the two together.
        int[] met = [.. Enumerable.Range(0, live.Count).Where(c => live[c] + fit[c] > 0)];
        double squares = met.Sum(c =>
        {
            double share = (live[c] + fit[c]) / (liveAll + fitAll);
            return Math.Pow(live[c] - share * liveAll, 2) / (share * liveAll) + Math.Pow(fit[c] - share * fitAll, 2) / (share * fitAll);
        });
        return new(shift, ChiSquare.AtLeast(squares, met.Length - 1));
    }

    /// <summary>Compares the share of requests that are escalated with the expected one.</summary>
    /// <param name="live">The share.</param>
    /// <param name="requests">Of so many.</param>
    /// <param name="expected">The expected share.</param>
    /// <param name="questions">Measured on so many.</param>
    public static RateShift Escalations(double live, int requests, double expected, int questions) =>
        new(live, expected, RateTest.Chance(live, requests, expected, Math.Max(1, questions)));

    /// <summary>Compares the share of requests that are novel with what there may be of the fitted kind. Fewer say nothing.</summary>
    /// <param name="live">The share.</param>
    /// <param name="requests">Of so many.</param>
    /// <param name="alpha">The greatest share to expect.</param>
    /// <param name="questions">The boundary was measured on so many.</param>
    public static NoveltyShift Novel(double live, int requests, double alpha, int questions) =>
        new(live, alpha, live > alpha ? RateTest.Chance(live, requests, alpha, Math.Max(1, questions)) : 1);
}

/// <summary>How far live cluster shares are from those of a fit.</summary>
/// <param name="TotalVariation">The share of the requests that would have to be in other clusters.</param>
/// <param name="PValue">The chance of a difference as large if nothing has changed.</param>
public readonly record struct ClusterShift(double TotalVariation, double PValue)
{
    /// <summary>Whether it matters and chance does not explain it.</summary>
    public bool IsAlarming => TotalVariation > TrafficDrift.MostClusterShift && PValue < TrafficDrift.Chance;

    /// <summary>The shift in a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{100 * TotalVariation:0.0} % of the requests are in other clusters than when it was fitted (at most {100 * TrafficDrift.MostClusterShift:0} %)");
}

/// <summary>How far the live share of escalated requests is from the expected one.</summary>
/// <param name="Live">The live share.</param>
/// <param name="Expected">The expected one.</param>
/// <param name="PValue">The chance of a difference as large if nothing has changed.</param>
public readonly record struct RateShift(double Live, double Expected, double PValue)
{
    /// <summary>Whether it matters and chance does not explain it.</summary>
    public bool IsAlarming => Math.Abs(Live - Expected) > TrafficDrift.MostRateShift && PValue < TrafficDrift.Chance;

    /// <summary>The shift in a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{100 * Live:0.0} % of the requests are escalated, {100 * Expected:0.0} % were expected");
}

/// <summary>How far the live share of novel requests is above what it may be.</summary>
/// <param name="Live">The live share.</param>
/// <param name="Alpha">The greatest to expect of the fitted kind.</param>
/// <param name="PValue">The chance of a difference as large if nothing has changed; 1 where there is none.</param>
public readonly record struct NoveltyShift(double Live, double Alpha, double PValue)
{
    /// <summary>Whether it matters and chance does not explain it.</summary>
    public bool IsAlarming => Live - Alpha > TrafficDrift.MostRateShift && PValue < TrafficDrift.Chance;

    /// <summary>The shift in a sentence.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{100 * Live:0.0} % of the requests are unlike all that it was fitted to, {100 * Alpha:0.0} % were expected at most");
}
