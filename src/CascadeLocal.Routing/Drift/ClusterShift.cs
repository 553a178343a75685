using System.Globalization;

namespace CascadeLocal.Routing.Drift;

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
