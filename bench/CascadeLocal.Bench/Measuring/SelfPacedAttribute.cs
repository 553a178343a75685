using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;

namespace CascadeLocal.Bench.Measuring;

/// <summary>
/// For benchmarks whose one call measures many operations itself and whose columns are <see cref="Quantity"/>s: a fixed
/// number of calls, and none of the columns about the length of a call.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SelfPacedAttribute(int calls) : Attribute, IConfigSource
{
    /// <summary>Calls that are measured, after one that is not.</summary>
    public int Calls { get; } = calls;

    /// <inheritdoc/>
    public IConfig Config { get; } = ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithWarmupCount(1)
            .WithIterationCount(calls)
            .AsMutator())
        .AddDiagnoser(new ObservationDiagnoser())
        .HideColumns(Column.Method, Column.Mean, Column.Error, Column.StdDev, Column.Median);
}
