using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests;

/// <summary>What the paper and its reference implementation report for their statistics.</summary>
public sealed class PublishedFitTests
{
    [Fact]
    public void Aime_within_20_ms()
    {
        FitReport report = Fit("aime_stats.json");

        AssertEqual([0.052, 0.067, 0.099], report.Crossovers);
        Assert.Equal([0.05, 0.06, 0.09, 0.1], report.Regions.Select(r => r.Lambda));
        Assert.Equal(0.06, report.Chosen.Lambda);
        Assert.Equal(["Qwen3-30B-A3B", "VibeThinker-1.5B", "Qwen3-30B-A3B"], report.Chosen.Assignment.Values);
        Assert.Equal(0.921, report.Chosen.Accuracy, 5e-4);
        Assert.Equal(18.4, report.Chosen.Cost, 0.05);
        Assert.Equal(0.944, report.Unconstrained.Accuracy, 5e-4);
        Assert.Equal(24.8, report.Unconstrained.Cost, 0.05);
        Assert.Equal(0.353, report.Eta!.Value, 5e-4);
        Assert.Equal(report.Chosen.Assignment, report.Exact.Assignment);
        Assert.Equal(0.06, report.Exact.Lambda);
    }

    [Fact]
    public void TeleQnA_within_20_ms()
    {
        FitReport report = Fit("teleqna_stats.json");

        Assert.Equal([null, "Qwen3-4B", null, "Gemma4-26B"], report.Models.Select(m => m.DominatedBy));
        AssertEqual([0.066, 0.075], report.Crossovers);
        Assert.Equal(0.07, report.Chosen.Lambda);
        Assert.Equal(["Qwen3-4B", "Gemma4-26B"], report.Chosen.Assignment.Values);
        Assert.Equal(0.721, report.Chosen.Accuracy, 5e-4);
        Assert.Equal(19.8, report.Chosen.Cost, 0.05);
        Assert.Equal(0.622, report.Eta!.Value, 5e-4);
        Assert.Equal(report.Chosen.Assignment, report.Exact.Assignment);
    }

    private static FitReport Fit(string file) => FitReport.Of(
        StageOneFit.Fit(StatisticsFile.Read(TestData.Published(file)).Pool, new StageOneOptions { Budget = 20 }));

    private static void AssertEqual(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 5e-4));
    }
}
