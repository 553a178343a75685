using System.Text.Json;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Streams of answers that are judged: no client ever sees a rejected token.</summary>
public sealed class EscalationStreamTests
{
    private static readonly string Easy = CascadeAnswer.Request(["easy"], "\"stream\":true");

    private static string? TextOf(string line)
    {
        if (!line.StartsWith("data: {", StringComparison.Ordinal))
            return null;
        using JsonDocument chunk = JsonDocument.Parse(line[6..]);
        return chunk.RootElement.TryGetProperty("choices", out JsonElement choices)
            && choices[0].GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() : null;
    }

    private static JsonElement LastCascade(List<string> lines)
    {
        using JsonDocument chunk = JsonDocument.Parse(lines.Last(l => l.Contains("\"cascade\":", StringComparison.Ordinal))[6..]);
        return chunk.RootElement.GetProperty("cascade").Clone();
    }

    [Fact]
    public async Task A_rejected_answer_is_never_shown()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new ScriptedAnswer("no", "pe", "");

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = await reader.RestAsync();

        Assert.Equal(["", "4", "2"], lines.Select(TextOf).OfType<string>());
        Assert.Equal("data: [DONE]", lines[^1]);
        JsonElement cascade = LastCascade(lines);
        Assert.Equal(("small", true), (cascade.GetProperty("model").GetString(), cascade.GetProperty("escalated").GetBoolean()));
        Assert.Equal(2, cascade.GetProperty("passes").GetArrayLength());
    }

    [Fact]
    public async Task The_headers_say_that_the_verdict_is_still_to_come_and_all_chunks_name_the_pool()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)));

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = await reader.RestAsync();

        Assert.Equal("pending", Assert.Single(response.Headers.GetValues("x-cascade-escalated")));
        Assert.Equal("confidence", Assert.Single(response.Headers.GetValues("x-cascade-guarantee")));
        Assert.All(lines.SkipLast(1), l => Assert.Contains("\"model\":\"cascade\",\"system_fingerprint\"", l, StringComparison.Ordinal));
        Assert.Equal("nano", LastCascade(lines).GetProperty("model").GetString());
    }

    [Fact]
    public async Task The_stream_opens_at_once_and_is_kept_alive_while_the_verdict_is_out()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)), options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) });
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal("", TextOf((await reader.NextAsync())!));
        Assert.Equal(": waiting", await reader.NextAsync());
        go.SetResult();
        List<string> rest = await reader.RestAsync();
        Assert.Equal(["42"], rest.Select(TextOf).OfType<string>());
    }

    [Fact]
    public async Task The_stream_is_kept_alive_while_the_next_member_takes_its_time_to_begin()
    {
        ScriptedMember nano = new(1_000), small = new(2_000);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SlowMember slow = new(small) { Taking = stop => go.Task.WaitAsync(stop) };
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2)),
            options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) },
            name => Task.FromResult<IMember>(name == "nano" ? nano : slow));

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal("", TextOf((await reader.NextAsync())!));
        Assert.Equal(": waiting", await reader.NextAsync());
        Assert.Equal(": waiting", await reader.NextAsync());
        go.SetResult();
        Assert.Equal("42", string.Concat((await reader.RestAsync()).Select(TextOf)));
        Assert.Single(small.Requests);
    }

    [Fact]
    public async Task An_early_acceptance_opens_the_stream()
    {
        EarlyRule rule = new([2], [0], [double.PositiveInfinity]);
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9, 2), rule));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 2, "4", "2", "!", "");

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal("", TextOf((await reader.NextAsync())!));
        Assert.Equal("42", TextOf((await reader.NextAsync())!));
        go.SetResult();
        List<string> rest = await reader.RestAsync();
        Assert.Equal(["!"], rest.Select(TextOf).OfType<string>());
        Assert.True(LastCascade(rest).GetProperty("verdicts")[0].GetProperty("early").GetBoolean());
    }

    [Fact]
    public async Task After_an_early_rejection_the_targets_tokens_flow_as_they_come()
    {
        EarlyRule rule = new([1], [double.NegativeInfinity], [0]);
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2, 1), rule));
        server.Nano.Answer = _ => ScriptedAnswer.Endless("no");
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal("", TextOf((await reader.NextAsync())!));
        Assert.Equal("4", TextOf((await reader.NextAsync())!));
        go.SetResult();
        Assert.Equal(["2"], (await reader.RestAsync()).Select(TextOf).OfType<string>());
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_target_as_well()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        ScriptedAnswer endless = ScriptedAnswer.Endless("4");
        server.Small.Answer = _ => endless;
        using CancellationTokenSource leave = new();

        using (HttpResponseMessage response = await server.PostUntilAsync(Easy, null, leave.Token))
        using (EventStreamReader reader = await EventStreamReader.OpenAsync(response))
        {
            await reader.NextAsync();
            Assert.Equal("4", TextOf((await reader.NextAsync())!));
        }

        await endless.Cancelled;
    }

    [Fact]
    public async Task A_target_that_fails_after_its_first_token_is_an_error_in_the_stream()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Small.Answer = _ => ScriptedAnswer.Failing("4");

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Assert.Equal("", TextOf((await reader.NextAsync())!));
        Assert.Equal("4", TextOf((await reader.NextAsync())!));
        Assert.Contains("\"error\":{\"message\":\"it broke\"", await reader.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_full_target_leaves_the_cheap_answer(bool early)
    {
        EarlyRule rule = early ? new([1], [double.NegativeInfinity], [0]) : EarlyRule.None;
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2, 1), rule));
        server.Small.Answer = _ => throw new QueueFullException(9);

        using HttpResponseMessage response = await server.PostAsync(Easy);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = await reader.RestAsync();

        Assert.Equal("42", string.Concat(lines.Select(TextOf).OfType<string>()));
        JsonElement cascade = LastCascade(lines);
        Assert.Equal(
            ("nano", "small (full)", "none", false),
            (cascade.GetProperty("model").GetString(), cascade.GetProperty("fallback").GetString(), cascade.GetProperty("guarantee").GetString(), cascade.GetProperty("escalated").GetBoolean()));
    }
}
