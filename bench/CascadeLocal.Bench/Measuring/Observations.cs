using BenchmarkDotNet.Reports;

namespace CascadeLocal.Bench.Measuring;

/// <summary>
/// What the benchmark that is running has observed. One place for all: BenchmarkDotNet makes the benchmarks itself and
/// runs one at a time, in this process.
/// </summary>
internal static class Observations
{
    private static readonly Lock Guard = new();
    private static readonly Dictionary<Quantity, List<double>> Values = [];

    /// <summary>Adds an observation.</summary>
    public static void Add(Quantity quantity, double value)
    {
        lock (Guard)
        {
            if (!Values.TryGetValue(quantity, out List<double>? values))
                Values[quantity] = values = [];
            values.Add(value);
        }
    }

    /// <summary>Forgets what was observed.</summary>
    public static void Clear()
    {
        lock (Guard)
            Values.Clear();
    }

    /// <summary>What is shown for the observations since the last <see cref="Clear"/>.</summary>
    public static IReadOnlyList<Metric> Summarize()
    {
        lock (Guard)
            return [.. Values.Select(entry => new Metric(entry.Key, entry.Key.Summarize(entry.Value)))];
    }
}
