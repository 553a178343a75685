using CascadeLocal.Routing.Margins;

namespace CascadeLocal.Calibration.Reports;

/// <summary>An error rate with its interval.</summary>
/// <param name="Error">The rate.</param>
/// <param name="Low">The lower bound at 95 %.</param>
/// <param name="High">The upper bound.</param>
public sealed record ErrorReport(double Error, double Low, double High)
{
    internal static ErrorReport Of(double error, double queries)
    {
        Interval interval = Proportions.Wilson(error, queries);
        return new(error, interval.Low, interval.High);
    }
}
