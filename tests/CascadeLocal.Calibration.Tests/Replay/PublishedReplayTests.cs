using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Replay;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>
/// Whole replays of the published labels, with one seed and a stand-in for the encoder: seconds instead of minutes. What the
/// encoder adds is in docs/replay.md.
/// </summary>
public sealed class PublishedReplayTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-replay-");
    private readonly WordEmbedder _embedder = new();

    [Fact]
    public async Task Gsm8k_is_judged_from_the_answers_alone()
    {
        ReplayReport report = await RunAsync("routellm-gsm8k", "routellm");

        Assert.Equal((1307, 1, 4), (report.NTest, report.Seeds, report.Scores.Count));
        Assert.Equal(0.6373, report.Weak, 4);
        Assert.Equal(0.8577, report.Strong, 4);
        Assert.True(report.Apgr >= 0.77, $"APGR {report.Apgr}");
        Assert.True(report.Cpt80 <= 0.40, $"CPT80 {report.Cpt80}");
        Assert.Equal(1178, report.Scores[1].N);
        Assert.Equal([0.01, 0.1, 0.2, 0.5], report.CostAxis.Select(cost => cost.Ratio));
        Assert.All(report.CostAxis, cost => Assert.True(cost.Apgr < report.Apgr));
        Assert.Equal(11, report.Curve.Count);
    }

    [Fact]
    public async Task Mmlu_is_routed_better_than_by_chance_even_by_words()
    {
        ReplayReport report = await RunAsync("routellm-mmlu", "routellm");

        Assert.Equal(1500, report.NTrain);
        // Less the few of 12,537 whose words are also among those to learn from.
        Assert.InRange(report.NTest, 12_480, 12_536);
        Assert.True(report.Apgr > 0.52, $"APGR {report.Apgr}");
    }

    [Fact]
    public async Task LlmRouter_questions_that_are_in_both_parts_are_left_out()
    {
        ReplayReport report = await RunAsync("llmrouter", "llmrouter");

        Assert.Equal((5608, 381, 119), (report.NTrain, report.NTest, report.Pool!.Removed));
        Assert.Equal(9, report.Pool.Models.Count);
        Assert.InRange(report.Pool.Accuracy, report.Weak, report.Pool.Oracle);
        Assert.Null(report.Apgr);
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Replays with nothing in reach but the data set's own folder.</summary>
    private async Task<ReplayReport> RunAsync(string name, string set)
    {
        string source = Path.Combine(RepositoryPaths.Shared ?? "", "data", set);
        Assert.SkipUnless(Directory.Exists(source), $"../shared/data/{set} is not there");
        string data = _folder.CreateSubdirectory("data").FullName;
        Directory.CreateSymbolicLink(Path.Combine(data, set), source);
        VectorCache vectors = new(Path.Combine(_folder.FullName, "vectors"), _embedder);
        return await ReplayRunner.RunAsync(name, data, vectors, seeds: 1, cancellationToken: TestContext.Current.CancellationToken);
    }
}
