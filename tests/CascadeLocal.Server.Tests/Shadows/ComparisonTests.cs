using System.Text.Json;

using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Shadows;

/// <summary>Both answers to one request, for <c>cascade report --from-log</c>.</summary>
public sealed class ComparisonTests
{
    private static Task<LoggedServer> StartAsync(MemberJudge judge, CascadeSettings settings) => LoggedServer.StartAsync(GatedPolicy.Of(judge), settings);

    [Fact]
    public async Task In_mode_cascade_the_strongest_member_answers_a_share_of_the_requests_beside()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9), new() { ShadowShare = 1 });
        logged.Server.Small.Answer = _ => new ScriptedAnswer("4", "3", "!", "");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));
        JsonElement strongest = line.GetProperty("strongest");

        Assert.Equal(("nano", "42"), (answer.Model, answer.Text));
        Assert.False(answer.Headers.ContainsKey("x-cascade-mode") || answer.Cascade.TryGetProperty("mode", out _));
        Assert.Equal(("nano", "small", false, 16.0), (
            line.GetProperty("model").GetString(), strongest.GetProperty("model").GetString(), strongest.GetProperty("agrees").GetBoolean(), strongest.GetProperty("e2el_ms").GetDouble()));
        Assert.False(line.TryGetProperty("shadow", out _));
    }

    [Fact]
    public async Task A_strongest_member_that_answered_already_is_not_asked_again()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.2), new() { ShadowShare = 1 });

        await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement strongest = Assert.Single(await logged.RequestsAsync(1)).GetProperty("strongest");

        Assert.Equal((14.0, true), (strongest.GetProperty("e2el_ms").GetDouble(), strongest.GetProperty("agrees").GetBoolean()));
        Assert.Single(logged.Server.Small.Requests);
    }

    [Fact]
    public async Task Without_a_share_nobody_is_asked_beside()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9), new());

        await CascadeAnswer.AskAsync(logged.Server, "easy");

        Assert.False(Assert.Single(await logged.RequestsAsync(1)).TryGetProperty("strongest", out _));
        Assert.Empty(logged.Server.Small.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void The_share_is_drawn_by_the_id_alone(double share)
    {
        string[] ids = [.. Enumerable.Range(0, 20_000).Select(i => $"chatcmpl-{i}")];
        string[] drawn = [.. ids.Where(id => ShadowRunner.IsSampled(id, share))];

        double deviation = 5 * Math.Sqrt(ids.Length * share * (1 - share));
        Assert.InRange(drawn.Length, (ids.Length * share) - deviation, (ids.Length * share) + deviation);
        Assert.All(drawn, id => Assert.True(ShadowRunner.IsSampled(id, share) && ShadowRunner.IsSampled(id, Math.Min(1, share + 0.1))));
    }

    [Fact]
    public async Task The_report_says_of_shadow_mode_what_the_cascade_would_have_saved_and_risked()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.ByLength(3), new() { Mode = CascadeMode.Shadow });
        // The same, another, one that would be escalated, and one that goes to the strongest at once.
        string[][] answers = [["4", "2", ""], ["4", "1", ""], ["?", ""], []];
        string[] ids = new string[4];
        for (int i = 0; i < ids.Length; i++)
        {
            string[] nano = answers[i];
            logged.Server.Nano.Answer = _ => new ScriptedAnswer(nano);
            ids[i] = (await CascadeAnswer.AskAsync(logged.Server, i == 3 ? "hard" : "easy")).Body.GetProperty("id").GetString()!;
            await logged.RequestsAsync(i + 1);
        }

        await logged.FeedbackAsync(ids[0], true);
        await logged.FeedbackAsync(ids[1], true);
        await logged.StopAsync();
        ShadowReport report = Report(logged).Shadow!;

        Assert.Equal((4, 4, 4), (report.N, report.Priced, report.Compared));
        Assert.Equal((0.25, 0.25), (report.EscalationRate, report.DisagreementRate!.Value));
        Assert.Equal((14.0, (14 + 14 + 26 + 14) / 4.0), (report.E2elMs!.Value, report.CascadeE2elMs!.Value));
        Assert.Equal((2.0, (2 + 2 + 3 + 2) / 4.0), (report.TpotMs!.Value, report.CascadeTpotMs!.Value));
        Assert.Equal((2, 0.5), (report.CalledRight, report.LostAtMost!.Value));
    }

    [Fact]
    public async Task The_report_compares_the_served_cascade_with_the_strongest_member_the_same_way()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9), new() { ShadowShare = 1 });
        logged.Server.Small.Answer = _ => new ScriptedAnswer("4", "2", "!", "!", "");
        string id = (await CascadeAnswer.AskAsync(logged.Server, "easy")).Body.GetProperty("id").GetString()!;
        await logged.RequestsAsync(1);
        await logged.FeedbackAsync(id, true);
        await logged.StopAsync();
        ShadowReport report = Report(logged).Shadow!;

        // Punctuation makes no other answer; what is called right here is the cascade's own.
        Assert.Equal((1, 0.0, 18.0, 14.0, 0), (report.N, report.DisagreementRate!.Value, report.E2elMs!.Value, report.CascadeE2elMs!.Value, report.CalledRight));
    }

    private static LogReport Report(LoggedServer logged)
    {
        LogReport report = LogReport.Of(LoggedTraffic.Read([logged.LogFile], TestContext.Current.CancellationToken));
        Assert.Equal(0, report.BrokenLines);
        return report;
    }
}
