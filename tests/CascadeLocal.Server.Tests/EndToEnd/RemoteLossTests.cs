using System.Net.Http.Json;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The process elsewhere is killed: no request is lost, the state can be seen, and it joins again by itself.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RemoteLossTests
{
    private const int Deadline = 480_000;

    private const string Hard = "What is 7384 - 2967?";

    [Fact(Timeout = Deadline)]
    public async Task In_the_middle_of_an_answer_that_nobody_has_seen_another_member_answers()
    {
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(far.Client.BaseAddress!);

        Task<JsonElement> answer = front.AskAsync(TwoProcesses.Question(Hard, maxTokens: null, ignoreEos: true));
        await Wait.UntilAsync(async () => await far.GetHealthAsync("base", "output_tokens") > 60);
        await far.SignalAsync("KILL");

        JsonElement given = await answer;
        Assert.Equal("small", given.GetProperty("model").GetString());
        Assert.Equal(["base (failed)", "small"], TwoProcesses.StepsOf(given));
        Assert.Equal("base", given.GetProperty("cascade").GetProperty("passes")[0].GetProperty("model").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task In_the_middle_of_an_answer_that_was_shown_the_stream_tells_the_error()
    {
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(far.Client.BaseAddress!);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(TwoProcesses.Question(Hard, maxTokens: null, ignoreEos: true, stream: true)),
        };
        using HttpResponseMessage response = await front.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        while (await reader.NextAsync() is { } line && !line.Contains("\"content\":\"", StringComparison.Ordinal))
        {
            // The role comes first.
        }

        await reader.NextAsync();
        await far.SignalAsync("KILL");

        string error = "";
        while (await reader.NextAsync() is { } line)
            error = line;

        Assert.Contains("\"error\":", error, StringComparison.Ordinal);
        Assert.Contains("'base'", error, StringComparison.Ordinal);
        Assert.Equal("small", (await front.AskAsync(TwoProcesses.Question(Hard))).GetProperty("model").GetString());
    }

    [Fact(Timeout = Deadline)]
    public async Task During_an_escalation_the_answers_that_there_are_remain()
    {
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(far.Client.BaseAddress!, TwoProcesses.ShippedPolicy);
        JsonElement before = await front.AskAsync(TwoProcesses.Question(Hard));
        Assert.Equal("base", before.GetProperty("model").GetString());

        // It takes the request and says nothing to it.
        await far.SignalAsync("STOP");
        Task<JsonElement> answer = front.AskAsync(TwoProcesses.Question(Hard));
        await Wait.UntilAsync(async () => await front.GetHealthAsync("base", "running") == 1);
        await far.SignalAsync("KILL");

        JsonElement given = await answer;
        string[] steps = TwoProcesses.StepsOf(given);
        Assert.Contains("base (unavailable)", steps);
        Assert.NotEqual("base", given.GetProperty("model").GetString());
        Assert.NotEmpty(given.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }

    [Fact(Timeout = Deadline)]
    public async Task When_it_was_idle_its_circuit_opens_and_closes_once_it_is_back()
    {
        CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        Uri address = far.Client.BaseAddress!;
        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(address);
        Assert.Equal("base", (await front.AskAsync(TwoProcesses.Question(Hard))).GetProperty("model").GetString());
        Assert.Equal(("closed", "0"), await CircuitAsync(front));
        await far.SignalAsync("KILL");
        await far.DisposeAsync();

        await Wait.UntilAsync(async () =>
        {
            JsonElement answer = await front.AskAsync(TwoProcesses.Question(Hard));
            Assert.Equal(["base (unavailable)", "small"], TwoProcesses.StepsOf(answer));
            return await CircuitAsync(front) == ("open", "1");
        });
        Assert.NotEmpty(await front.WordAsync("base", "last_error"));
        Assert.Equal("ready", await front.WordAsync("base", "state"));

        await using CascadeProcess again = await TwoProcesses.ServeBaseAsync(address.Port);
        await Wait.UntilAsync(async () => (await front.AskAsync(TwoProcesses.Question(Hard))).GetProperty("model").GetString() == "base");
        Assert.Equal(("closed", "0"), await CircuitAsync(front));
    }

    [Fact(Timeout = Deadline)]
    public async Task When_it_is_down_at_the_start_the_others_serve_and_it_joins_later()
    {
        int port = TwoProcesses.FreePort();
        Uri address = new($"http://127.0.0.1:{port}");
        await using CascadeProcess front = await TwoProcesses.ServeFrontAsync(address, TwoProcesses.ShippedPolicy);

        JsonElement without = await front.AskAsync(TwoProcesses.Question(Hard));
        Assert.NotEqual("base", without.GetProperty("model").GetString());
        Assert.Contains("base (unavailable)", TwoProcesses.StepsOf(without));
        Assert.NotEmpty(await front.WordAsync("base", "reason"));

        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync(port);
        await Wait.ForAsync(() => front.WordAsync("base", "state"), state => state == "ready");
        JsonElement with = await front.AskAsync(TwoProcesses.Question(Hard));
        Assert.Equal("base", with.GetProperty("model").GetString());
        Assert.Equal("member_changed", with.GetProperty("cascade").GetProperty("guarantee_reason").GetString());
    }

    private static async Task<(string Health, string? Metric)> CircuitAsync(CascadeProcess front) =>
        (await front.WordAsync("base", "circuit"), (await front.MetricAsync("cascade_remote_circuit{"))?.Split(' ')[1]);
}
