using System.Globalization;

namespace CascadeLocal.Routing.Drift;

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
