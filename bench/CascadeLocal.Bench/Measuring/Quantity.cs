using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;

namespace CascadeLocal.Bench.Measuring;

/// <summary>Something a benchmark observes itself: a column of its table.</summary>
/// <param name="name">The column's head, with the unit.</param>
/// <param name="legend">What it is.</param>
/// <param name="statistic">Which of the observations is shown.</param>
/// <param name="format">How its number is written.</param>
internal sealed class Quantity(string name, string legend, Statistic statistic, string format) : IMetricDescriptor
{
    /// <inheritdoc/>
    public string Id => name;

    /// <inheritdoc/>
    public string DisplayName => name;

    /// <inheritdoc/>
    public string Legend => $"{legend} ({statistic.ToString().ToLowerInvariant()})";

    /// <inheritdoc/>
    public string NumberFormat => format;

    /// <inheritdoc/>
    public UnitType UnitType => UnitType.Dimensionless;

    /// <inheritdoc/>
    public string Unit => "";

    /// <inheritdoc/>
    public bool TheGreaterTheBetter => false;

    /// <summary>Columns stand in the order in which their quantities were made.</summary>
    public int PriorityInCategory { get; } = Interlocked.Increment(ref _made);

    private static int _made;

    /// <inheritdoc/>
    public bool GetIsAvailable(Metric metric) => true;

    /// <summary>The number shown for <paramref name="observations"/>, of which there is at least one.</summary>
    public double Summarize(List<double> observations)
    {
        observations.Sort();
        return statistic switch
        {
            Statistic.Minimum => observations[0],
            Statistic.NinetyNinth => observations[(int)Math.Ceiling(observations.Count * 0.99) - 1],
            Statistic.Maximum => observations[^1],
            _ => observations[observations.Count / 2],
        };
    }
}
