using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Cascade.Decisions;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Calibration.Tests.DecisionLogs;

public sealed class LoggedTrafficTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rotated_files_are_read_oldest_first_and_the_last_word_about_an_answer_counts()
    {
        _folder.Write("log.2", string.Join('\n', Log.Request("1"), Log.Feedback("1", 0)));
        _folder.Write("log.1", Log.Request("2"));
        string file = _folder.Write("log", Log.Feedback("1", 1));
        LoggedTraffic log = Read(file);
        Assert.Equal(["log.2", "log.1", "log"], log.Files.Select(Path.GetFileName));
        Assert.Equal(["1", "2"], log.Requests.Select(request => request.Id));
        Assert.Equal(1, Assert.Single(log.Feedback).Value);
    }

    [Fact]
    public void What_another_key_says_about_an_answer_does_not_count()
    {
        static string As(string key, string line) => line.Replace("{", $$"""{"key":"{{key}}",""", StringComparison.Ordinal);
        string file = _folder.Write("log", string.Join(
            '\n', As("ann", Log.Feedback("gone", 1)), Log.Request("1", extra: ""","key":"ann" """), As("bob", Log.Feedback("1", 0)), As("ann", Log.Feedback("1", 1)), As("bob", Log.Feedback("1", 0.5)),
            Log.Request("2", extra: ""","key":"ann" """), Log.Feedback("2", 0)));
        Assert.Equal([("1", 1.0), ("gone", 1.0)], Read(file).Feedback.Select(said => (said.Key, said.Value)).Order());
    }

    [Fact]
    public void Broken_lines_and_those_of_another_kind_are_counted_and_left_out()
    {
        string file = _folder.Write("log", string.Join('\n', Log.Request("1"), Log.Request("2")[..40], "", "[]", """{"event":"request","id":3}""", Log.Request("4")));
        LoggedTraffic log = Read(file);
        Assert.Equal(["1", "4"], log.Requests.Select(request => request.Id));
        Assert.Equal(3, log.BrokenLines);
    }

    [Fact]
    public void A_log_that_holds_nothing_is_an_error()
    {
        Assert.Contains("the log is empty", Assert.Throws<DataFileException>(() => Read(_folder.Write("log", ""))).Message, StringComparison.Ordinal);
        Assert.Contains("none of 1 lines", Assert.Throws<DataFileException>(() => Read(_folder.Write("other", "{}"))).Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<DataFileException>(() => Read(_folder.File("missing"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_writes_is_read_back()
    {
        string file = _folder.File("real");
        CascadeDecision decision = new()
        {
            Id = "chatcmpl-2",
            Time = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero),
            Cluster = "3",
            StageOneMember = "nano",
            Member = "nano",
            Path = [new PathStep("nano")],
            Reason = RoutingReason.Cluster,
            PolicyVersion = "abc",
        };
        await using (DecisionLog log = new(new DecisionLogOptions { Path = file }, _ => null, NullLogger.Instance))
        {
            log.OnCompleted(new()
            {
                Decision = decision,
                Member = "small",
                End = RequestEnd.Delivered,
                Path = [new PathStep("nano"), new PathStep("small")],
                Passes = [new("nano", Result(11, 10, 30)) { Cost = 0.5 }, new("small", Result(5, 8, 20)) { Cost = 2 }],
                Escalated = true,
                AcceptProbability = 0.2,
                TargetProbability = 0.8,
                DraftTokensOffered = 6,
                DraftTokensReused = 4,
            });
            log.TryWrite(new Feedback("chatcmpl-2", 1, decision.Time, null));
        }

        LogReport report = LogReport.Of(Read(file));
        TrafficReport path = Assert.Single(report.Paths);
        Assert.Equal(("nano > small", 1, 1.0, 0.2, 1.0), (path.Name, path.N, path.EscalationRate, path.AcceptProbability!.Value, path.FeedbackAccuracy!.Value));
        // 20 ms and 12 ms between tokens, over the 4 gaps of the delivered answer.
        Assert.Equal((8.0, 50.0, 38.0), (path.TpotMs!.Value, path.E2elMs!.Value, path.TtftMs!.Value));
        Assert.Equal(2.5, path.Cost);
        Assert.Equal(4.0 / 6, report.DraftReuse);
        Assert.Equal((0, 1, decision.Time), (report.BrokenLines, report.Statuses["ok"], report.From!.Value));
    }

    [Fact]
    public void Traffic_is_summed_up_by_cluster_model_and_path_without_what_was_pinned_or_not_delivered()
    {
        string file = _folder.Write("log", string.Join(
            '\n',
            Log.Request("1"), Log.Request("2", "odd", escalated: true, own: 0.3), Log.Request("3", reason: "pinned"), Log.Request("4", status: "failed"),
            Log.Feedback("1", 1), Log.Feedback("2", 0.5), Log.Feedback("9", 1)));
        LogReport report = LogReport.Of(Read(file));
        Assert.Equal((4, 1, 2, 1), (report.Requests, report.Pinned, report.All.N, report.FeedbackWithoutRequest));
        Assert.Equal([("even", 0.5), ("odd", 0.5)], report.Clusters.Select(row => (row.Name, row.Share)));
        Assert.Equal([("large", 22.0), ("small", 5.0)], report.Models.Select(row => (row.Name, row.TpotMs!.Value)));
        Assert.Equal((0.5, 0.6, 13.5, 150.0, 0.75), (
            report.All.EscalationRate, Math.Round(report.All.AcceptProbability!.Value, 12), report.All.TpotMs!.Value, report.All.E2elMs!.Value, report.All.FeedbackAccuracy!.Value));
        Assert.Equal((22.0 * 10 + 5 * 4) / 14, report.All.TpotTokenWeightedMs!.Value, 1e-12);
        Assert.Null(report.All.Cost);
        Assert.Null(report.Shadow);
        Assert.Null(report.Drift);
    }

    [Fact]
    public void Shadow_mode_says_what_would_have_been_saved_and_risked()
    {
        string file = _folder.Write("log", string.Join(
            '\n',
            Enumerable.Range(0, 10).Select(i => Log.Request($"{i}", escalated: true, extra: Log.Shadow(agrees: i > 1)))
                .Concat([Log.Feedback("0", 1), Log.Feedback("5", 1), Log.Feedback("1", 0)])));
        ShadowReport shadow = LogReport.Of(Read(file)).Shadow!;
        Assert.Equal((10, 10, 0.0), (shadow.N, shadow.Priced, shadow.EscalationRate));
        Assert.Equal((22.0, 5.0, 270.0, 20.0), (shadow.TpotMs!.Value, shadow.CascadeTpotMs!.Value, shadow.E2elMs!.Value, shadow.CascadeE2elMs!.Value));
        Assert.Equal(5.0 / 22, shadow.TpotRatio!.Value, 1e-12);
        Assert.Equal((10, 0.2), (shadow.Compared, shadow.DisagreementRate!.Value));
        Assert.InRange(shadow.DisagreementCi95![1], 0.5, 0.52);
        Assert.Equal((2, 0.5), (shadow.CalledRight, shadow.LostAtMost!.Value));
    }

    private static LoggedTraffic Read(string file) => LoggedTraffic.Read([file], TestContext.Current.CancellationToken);

    private static GenerationResult Result(int tokens, double ttft, double e2el) => new()
    {
        FinishReason = FinishReason.Stop,
        PromptTokens = 10,
        CachedTokens = 7,
        OutputTokens = tokens,
        TimeToFirstToken = TimeSpan.FromMilliseconds(ttft),
        EndToEnd = TimeSpan.FromMilliseconds(e2el),
    };
}
