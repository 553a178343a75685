using System.Net;
using System.Text.Json;

using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Dashboard;

/// <summary>The dashboard over HTTP; how it looks is checked in a browser, in EndToEnd.</summary>
public sealed class DashboardTests
{
    private static readonly Uri State = new("/dashboard/state", UriKind.Relative);
    private static readonly Uri Events = new("/dashboard/events", UriKind.Relative);

    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/dashboard/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard/feed.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard/charts.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard/dashboard.css", "text/css; charset=utf-8")]
    public async Task The_page_needs_no_key_and_may_run_nothing_from_elsewhere(string path, string type)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["right"] });

        using HttpResponseMessage response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'none'; script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dashboard/state")]
    [InlineData("/dashboard/events")]
    public async Task What_it_shows_needs_the_key(string path)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["right"] });

        using HttpResponseMessage response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("invalid_api_key", (await ErrorAnswer.ReadAsync(response)).Code);
    }

    [Fact]
    public async Task Events_begin_with_the_state_and_go_on_with_every_request()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await server.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using EventStreamReader events = await EventStreamReader.OpenAsync(response);

        Assert.StartsWith("data: {\"type\":\"state\",\"state\":\"ready\",", await events.NextAsync(), StringComparison.Ordinal);
        using (await server.PostAsync(TestServer.Hello))
        {
        }

        Assert.Contains("\"type\":\"decided\"", await NextRequestEventAsync(events), StringComparison.Ordinal);
        string completed = await NextRequestEventAsync(events);
        Assert.Contains("\"type\":\"completed\"", completed, StringComparison.Ordinal);
        Assert.Contains("\"model\":\"small\",\"status\":\"ok\",\"escalated\":false", completed, StringComparison.Ordinal);
        Assert.DoesNotContain("hello", completed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_are_told_again_and_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await server.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using EventStreamReader events = await EventStreamReader.OpenAsync(response);
        await events.NextAsync();

        Assert.StartsWith("data: {\"type\":\"members\",\"state\":\"ready\",\"members\":[{\"name\":\"nano\",", await events.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("data: {\"type\":\"members\"", await events.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_holds_members_counts_and_recent_requests()
    {
        await using TestServer server = await TestServer.StartAsync();
        using (await server.PostAsync(TestServer.Hello))
        {
        }

        JsonElement state = await Wait.ForAsync(() => StateAsync(server), s => s.GetProperty("requests").GetInt64() > 0);

        Assert.Equal(["nano", "small"], state.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Null, state.GetProperty("policy").ValueKind);
        Assert.Equal(0, state.GetProperty("live").GetArrayLength());
        JsonElement request = Assert.Single(state.GetProperty("recent").EnumerateArray());
        Assert.Equal(("small", 2.0), (request.GetProperty("model").GetString(), request.GetProperty("tpot_ms").GetDouble()));
    }

    [Fact]
    public async Task A_recent_request_has_its_path_and_every_verdict()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(0.9)),
            options => options with { Members = [.. options.Members, TestServer.Member("base")] });
        await CascadeAnswer.AskAsync(server, "easy");

        JsonElement state = await Wait.ForAsync(() => StateAsync(server), s => s.GetProperty("requests").GetInt64() > 0);

        JsonElement request = Assert.Single(state.GetProperty("recent").EnumerateArray());
        Assert.Equal("""[{"model":"nano","skipped":null},{"model":"small","skipped":null}]""", request.GetProperty("path").GetRawText());
        Assert.Equal(
            [("nano", false, 0.2), ("small", true, 0.9)],
            request.GetProperty("verdicts").EnumerateArray().Select(v =>
                (v.GetProperty("model").GetString()!, v.GetProperty("accepted").GetBoolean(), v.GetProperty("accept_probability").GetDouble())));
    }

    [Theory]
    [InlineData(CostMetric.Tpot, "tpot", "cost_ms")]
    [InlineData(CostMetric.Cost, "cost", "cost")]
    public async Task A_policy_says_what_its_costs_are(CostMetric metric, string word, string field)
    {
        Policy policy = TestPolicy.Make();
        await using TestServer server = await GatedPolicy.StartAsync(policy with { Options = policy.Options with { Metric = metric } });

        JsonElement shown = (await StateAsync(server)).GetProperty("policy");

        Assert.Equal(word, shown.GetProperty("metric").GetString());
        Assert.All(shown.GetProperty("models").EnumerateArray().Append(shown), point => Assert.True(point.TryGetProperty(field, out _)));
    }

    [Fact]
    public async Task A_server_that_stops_ends_the_events()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await server.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using EventStreamReader events = await EventStreamReader.OpenAsync(response);
        await events.NextAsync();

        Task drain = server.Server.DrainAsync();

        await events.RestAsync();
        await drain;
    }

    private static async Task<string> NextRequestEventAsync(EventStreamReader events)
    {
        string? line;
        do
            line = await events.NextAsync();
        while (line is not null && line.Contains("\"type\":\"members\"", StringComparison.Ordinal));
        return line ?? "";
    }

    private static async Task<JsonElement> StateAsync(TestServer server)
    {
        using JsonDocument document = JsonDocument.Parse(await server.Client.GetStringAsync(State, TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }
}
