using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Shadows;

/// <summary>In mode shadow the strongest member answers, and what the cascade would have done is worked out unseen.</summary>
public sealed class ShadowModeTests
{
    private static readonly CascadeSettings Shadow = new() { Mode = CascadeMode.Shadow };

    private static Task<LoggedServer> StartAsync(MemberJudge judge, bool text = false) => LoggedServer.StartAsync(GatedPolicy.Of(judge), Shadow, text);

    [Fact]
    public async Task The_strongest_member_answers_and_the_cheap_one_is_judged_beside()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));
        JsonElement shadow = line.GetProperty("shadow");

        Assert.Equal(("small", "small", "shadow", "shadow"), (answer.Model, answer.Path, answer.Cascade.GetProperty("mode").GetString(), answer.Headers["x-cascade-mode"]));
        Assert.Equal(("confidence", "false"), (answer.Guarantee, answer.Headers["x-cascade-escalated"]));
        Assert.Equal(("small", "shadow", "easy", JsonValueKind.Null), (Text(line, "model"), Text(line, "reason"), Text(line, "cluster"), line.GetProperty("accept_probability").ValueKind));
        Assert.Equal(("nano", "cluster", false, true), (Text(shadow, "model"), Text(shadow, "reason"), shadow.GetProperty("escalated").GetBoolean(), shadow.GetProperty("agrees").GetBoolean()));
        Assert.Equal((0.9, 3, 2.0, 14.0), (Math.Round(shadow.GetProperty("accept_probability").GetDouble(), 4), shadow.GetProperty("output_tokens").GetInt32(), Number(shadow, "tpot_ms"), Number(shadow, "e2el_ms")));
        Assert.False(shadow.TryGetProperty("answer", out _));
        Assert.Single(logged.Server.Nano.Requests);
        Assert.Single(logged.Server.Small.Requests);
    }

    [Fact]
    public async Task Where_the_cascade_would_escalate_the_delivered_answer_stands_for_the_target_s()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.2));
        logged.Server.Nano.Answer = _ => new ScriptedAnswer("7", "");

        await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement shadow = Assert.Single(await logged.RequestsAsync(1)).GetProperty("shadow");

        Assert.Equal(("small", "nano, small", true, true), (
            Text(shadow, "model"), string.Join(", ", shadow.GetProperty("path").EnumerateArray()), shadow.GetProperty("escalated").GetBoolean(), shadow.GetProperty("agrees").GetBoolean()));
        // nano's 12 ms, then small's 14; the gaps of both over small's two.
        Assert.Equal((26.0, 3.0, 22.0), (Number(shadow, "e2el_ms"), Number(shadow, "tpot_ms"), Number(shadow, "ttft_ms")));
        Assert.Single(logged.Server.Small.Requests);
    }

    [Fact]
    public async Task Where_the_cascade_goes_to_the_strongest_at_once_nothing_more_runs()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));

        await CascadeAnswer.AskAsync(logged.Server, "hard");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.Equal(("small", true), (Text(line.GetProperty("shadow"), "model"), line.GetProperty("shadow").GetProperty("agrees").GetBoolean()));
        Assert.Equal(Number(line, "e2el_ms"), Number(line.GetProperty("shadow"), "e2el_ms"));
        Assert.Empty(logged.Server.Nano.Requests);
    }

    [Fact]
    public async Task An_early_rejection_stops_the_cheap_member_where_the_cascade_would_have()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2, 2), new([2], [double.NegativeInfinity], [0])), Shadow);
        ScriptedAnswer nano = ScriptedAnswer.Endless("7", "7");
        logged.Server.Nano.Answer = _ => nano;

        await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement shadow = Assert.Single(await logged.RequestsAsync(1)).GetProperty("shadow");
        await nano.Cancelled;

        Assert.Equal((26.0, true), (Number(shadow, "e2el_ms"), shadow.GetProperty("escalated").GetBoolean()));
    }

    [Fact]
    public async Task The_client_neither_waits_for_the_shadow_nor_sees_it()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));
        TaskCompletionSource go = new();
        logged.Server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 0, "nobody sees this", "");

        using HttpResponseMessage response = await logged.Server.PostAsync("""{"messages":[{"role":"user","content":"easy"}],"stream":true}""");
        string stream = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        go.SetResult();
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.EndsWith("data: [DONE]\n\n", stream, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody", stream, StringComparison.Ordinal);
        Assert.False(line.GetProperty("shadow").GetProperty("agrees").GetBoolean());
        Assert.Contains("cascade_shadow_total{result=\"differs\"} 1", await logged.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cheap_member_that_fails_is_counted_and_the_line_has_no_shadow()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));
        logged.Server.Nano.Answer = _ => ScriptedAnswer.Failing("4");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.Equal(("42", "ok", false), (answer.Text, Text(line, "status"), line.TryGetProperty("shadow", out _)));
        Assert.Contains("cascade_shadow_total{result=\"failed\"} 1", await logged.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_much_at_once_is_dropped_and_every_request_has_its_one_line_after_a_drain()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));
        logged.Server.Nano.Answer = _ => ScriptedAnswer.Endless("4");

        for (int i = 0; i < 18; i++)
            await CascadeAnswer.AskAsync(logged.Server, "easy");

        // Two members of four sequences.
        Assert.Equal(10, (await logged.RequestsAsync(10)).Length);
        Assert.Contains("cascade_shadow_total{result=\"dropped\"} 10", await logged.MetricsAsync(), StringComparison.Ordinal);
        JsonElement[] lines = await logged.StopAsync();
        Assert.Equal((18, 18), (lines.Length, lines.Select(line => Text(line, "id")).Distinct().Count()));
        Assert.DoesNotContain(lines, line => line.TryGetProperty("shadow", out _));
    }

    [Fact]
    public async Task A_conversation_goes_on_as_it_would_have_in_the_cascade()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.ByLength(3));
        await CascadeAnswer.AskAsync(logged.Server, "easy");
        await logged.RequestsAsync(1);
        await CascadeAnswer.PostAsync(logged.Server, CascadeAnswer.Request(["easy", "42", "easy again"]));
        await logged.RequestsAsync(2);
        // Two tokens are too few: it would have been escalated, and stays.
        logged.Server.Nano.Answer = _ => new ScriptedAnswer("7", "");
        await CascadeAnswer.AskAsync(logged.Server, "easy, too");
        await logged.RequestsAsync(3);
        await CascadeAnswer.PostAsync(logged.Server, CascadeAnswer.Request(["easy, too", "42", "easy again"]));

        JsonElement[] shadows = [.. (await logged.RequestsAsync(4)).Select(line => line.GetProperty("shadow"))];
        Assert.Equal(
            [("nano", "cluster"), ("nano", "cluster"), ("small", "cluster"), ("small", "conversation")],
            shadows.Select(shadow => (Text(shadow, "model"), Text(shadow, "reason"))));
    }

    [Fact]
    public async Task A_named_member_and_a_request_with_a_budget_have_no_shadow()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9));

        await CascadeAnswer.AskAsync(logged.Server, "easy", "\"model\":\"small\"");
        await CascadeAnswer.AskAsync(logged.Server, "easy", "\"cascade\":{\"budget_ms\":60000}");

        Assert.DoesNotContain(await logged.RequestsAsync(2), line => line.TryGetProperty("shadow", out _));
        Assert.Empty(logged.Server.Nano.Requests);
    }

    [Fact]
    public async Task The_unseen_answer_is_logged_only_with_text()
    {
        await using LoggedServer logged = await StartAsync(HandMadeJudge.Constant(0.9), text: true);
        logged.Server.Nano.Answer = _ => new ScriptedAnswer("seven", "");

        await CascadeAnswer.AskAsync(logged.Server, "easy");
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));

        Assert.Equal(("42", "seven"), (Text(line, "answer"), Text(line.GetProperty("shadow"), "answer")));
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();
}
