using System.Net;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

/// <summary>How much a key may ask for. A scripted answer has 7 tokens of prompt and 3 of its own.</summary>
public sealed class KeyLimitTests
{
    private static string Header(HttpResponseMessage response, string name) => Assert.Single(response.Headers.GetValues(name));

    private static string[] Limits(HttpResponseMessage response, string kind) =>
        [Header(response, $"x-ratelimit-limit-{kind}"), Header(response, $"x-ratelimit-remaining-{kind}"), Header(response, $"x-ratelimit-reset-{kind}")];

    [Fact]
    public async Task Requests_a_minute_are_counted_told_and_refused_with_the_time_to_try_again()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":2"), KeyedServer.Entry("bob"));

        using HttpResponseMessage first = await keyed.AskAsync("alice");
        using HttpResponseMessage second = await keyed.AskAsync("alice");
        using HttpResponseMessage third = await keyed.AskAsync("alice");
        using HttpResponseMessage other = await keyed.AskAsync("bob");
        ErrorAnswer error = await ErrorAnswer.ReadAsync(third);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode, other.StatusCode));
        Assert.Equal(((HttpStatusCode)429, "rate_limit_error", "rate_limit_exceeded", "30"), (error.Status, error.Type, error.Code, error.RetryAfter));
        Assert.Equal("The key 'alice' has made its 2 requests a minute.", error.Message);
        Assert.Equal(["2", "1", "30s"], Limits(first, "requests"));
        Assert.Equal(["2", "0", "1m0s"], Limits(second, "requests"));
        Assert.Equal(["2", "0", "1m0s"], Limits(third, "requests"));
        Assert.DoesNotContain(first.Headers, header => header.Key.EndsWith("-tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(other.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.Ordinal));
        keyed.Clock.Advance(TimeSpan.FromSeconds(30));
        using HttpResponseMessage later = await keyed.AskAsync("alice");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Tokens_are_charged_after_the_answer_and_a_debt_is_waited_for()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"tokens_per_minute\":6"));

        using HttpResponseMessage first = await keyed.AskAsync("alice");
        using HttpResponseMessage second = await keyed.AskAsync("alice");
        ErrorAnswer error = await ErrorAnswer.ReadAsync(second);

        // 10 tokens were used: 4 of debt, and one to begin with.
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(["6", "0", "1m40s"], Limits(first, "tokens"));
        Assert.Equal(("The key 'alice' has used its 6 tokens a minute.", "50"), (error.Message, error.RetryAfter));
        Assert.Equal(["6", "0", "1m40s"], Limits(second, "tokens"));
        keyed.Clock.Advance(TimeSpan.FromSeconds(50));
        using HttpResponseMessage third = await keyed.AskAsync("alice");
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task A_stream_is_charged_as_a_whole_answer_is()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"tokens_per_minute\":100"));

        using HttpResponseMessage stream = await keyed.AskAsync("alice", """{"stream":true,"messages":[{"role":"user","content":"hello"}]}""");
        await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using HttpResponseMessage models = await keyed.SendAsync("alice", HttpMethod.Get, "/v1/models");

        Assert.Equal(["100", "100", "0s"], Limits(stream, "tokens"));
        Assert.Equal(["100", "90", "6s"], Limits(models, "tokens"));
    }

    [Fact]
    public async Task Embeddings_are_charged_too()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":9", "\"tokens_per_minute\":100"));

        using HttpResponseMessage response = await keyed.SendAsync("alice", HttpMethod.Post, "/v1/embeddings", """{"input":"easy"}""");
        using System.Text.Json.JsonDocument body = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        int used = body.RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32();

        Assert.True(used > 0);
        Assert.Equal((100 - used).ToString(System.Globalization.CultureInfo.InvariantCulture), Limits(response, "tokens")[1]);
        Assert.Equal("8", Limits(response, "requests")[1]);
    }

    [Fact]
    public async Task A_client_that_leaves_is_charged_for_its_prompt_and_what_it_was_given()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"tokens_per_minute\":100"));
        keyed.Server.Small.Answer = _ => ScriptedAnswer.Endless("4", "2");
        using (HttpResponseMessage stream = await keyed.AskAsync("alice", """{"stream":true,"messages":[{"role":"user","content":"hello"}]}"""))
        {
            using StreamReader reader = new(await stream.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
            while (!(await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.Contains("\"2\"", StringComparison.Ordinal))
            {
            }
        }

        await Wait.ForAsync(() => keyed.SendAsync("alice", HttpMethod.Get, "/v1/models"), response => Limits(response, "tokens")[1] == "91");
    }

    [Fact]
    public async Task So_many_requests_are_under_way_at_once_and_no_more()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"concurrency\":1"), KeyedServer.Entry("bob", "\"concurrency\":1"));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        keyed.Server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2");
        Task<HttpResponseMessage> first = keyed.AskAsync("alice");
        await Wait.UntilAsync(() => !keyed.Server.Small.Requests.IsEmpty);

        ErrorAnswer error = await keyed.AskForErrorAsync("alice");
        Task<HttpResponseMessage> other = keyed.AskAsync("bob");
        go.SetResult();

        Assert.Equal(((HttpStatusCode)429, "rate_limit_exceeded", "1"), (error.Status, error.Code, error.RetryAfter));
        Assert.Equal("1 requests of the key 'alice' are under way, which is as many as may be at once.", error.Message);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), ((await first).StatusCode, (await other).StatusCode));
    }

    [Theory]
    [InlineData("/v1/chat/completions", TestServer.Hello)]
    [InlineData("/v1/chat/completions", """{"stream":true,"messages":[{"role":"user","content":"hello"}]}""")]
    [InlineData("/v1/cascade/decide", TestServer.Hello)]
    [InlineData("/v1/embeddings", """{"input":"easy"}""")]
    public async Task A_client_that_asks_one_after_the_other_is_never_one_too_many(string path, string json)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"concurrency\":1"));

        for (int i = 0; i < 50; i++)
        {
            using HttpResponseMessage response = await keyed.SendAsync("alice", HttpMethod.Post, path, json);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task What_is_refused_takes_nothing_from_the_allowance()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":10", "\"concurrency\":1"));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        keyed.Server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2");
        Task<HttpResponseMessage> first = keyed.AskAsync("alice");
        await Wait.UntilAsync(() => !keyed.Server.Small.Requests.IsEmpty);

        using HttpResponseMessage refused = await keyed.AskAsync("alice");
        go.SetResult();
        using HttpResponseMessage answered = await first;

        Assert.Equal("9", Limits(refused, "requests")[1]);
    }

    [Theory]
    [InlineData("GET", "/v1/models", null)]
    [InlineData("POST", "/v1/feedback", """{"id":"x","correct":true}""")]
    [InlineData("GET", "/metrics", null)]
    public async Task What_asks_no_model_for_work_counts_for_no_limit_but_tells_it(string method, string path, string? json)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":1"));

        using HttpResponseMessage response = await keyed.SendAsync("alice", new HttpMethod(method), path, json);

        Assert.NotEqual((HttpStatusCode)429, response.StatusCode);
        Assert.Equal(["1", "1", "0s"], Limits(response, "requests"));
    }

    [Fact]
    public async Task A_request_that_is_wrong_counts_and_its_error_tells_the_limits()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":4"));

        using HttpResponseMessage response = await keyed.AskAsync("alice", "not json");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(["4", "3", "15s"], Limits(response, "requests"));
    }
}
