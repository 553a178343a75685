using System.Diagnostics.Metrics;

namespace CascadeLocal.Server.Metrics;

/// <summary>Instruments in one line.</summary>
internal static class MeterExtensions
{
    /// <param name="meter">Whose instrument it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="unit">The unit of what is recorded.</param>
    /// <param name="description">One sentence for people.</param>
    /// <param name="buckets">Upper bounds.</param>
    public static Histogram<T> CreateHistogram<T>(this Meter meter, string name, string unit, string description, T[] buckets)
        where T : struct =>
        meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets });
}
