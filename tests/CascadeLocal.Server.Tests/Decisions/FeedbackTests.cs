using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Tests.Keys;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Decisions;

public sealed class FeedbackTests
{
    [Theory]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    [InlineData("0.7", 0.7)]
    public async Task Feedback_on_an_answer_goes_to_the_log(string correct, double logged)
    {
        using TemporaryFolder folder = new();
        string id;
        await using (TestServer server = await StartAsync(folder))
        {
            id = await AnswerAsync(server);
            using HttpResponseMessage response = await SendAsync(server, $$"""{"id":"{{id}}","correct":{{correct}}}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        string[] lines = await File.ReadAllLinesAsync(folder.File("log"), TestContext.Current.CancellationToken);
        using JsonDocument feedback = JsonDocument.Parse(lines.Single(l => l.Contains("\"feedback\"", StringComparison.Ordinal)));
        Assert.Equal(id, feedback.RootElement.GetProperty("id").GetString());
        Assert.Equal(logged, feedback.RootElement.GetProperty("correct").GetDouble());
        Assert.Equal("small", feedback.RootElement.GetProperty("model").GetString());
        Assert.Single(lines, l => l.Contains("\"request\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"id":"chatcmpl-none","correct":1}""", HttpStatusCode.NotFound, "id", "answer_not_found")]
    [InlineData("""{"correct":1}""", HttpStatusCode.BadRequest, "id", null)]
    [InlineData("""{"id":"","correct":1}""", HttpStatusCode.BadRequest, "id", null)]
    [InlineData("""{"id":"a"}""", HttpStatusCode.BadRequest, "correct", null)]
    [InlineData("""{"id":"a","correct":1.5}""", HttpStatusCode.BadRequest, "correct", null)]
    [InlineData("""{"id":"a","correct":"yes"}""", HttpStatusCode.BadRequest, "correct", null)]
    [InlineData("""{"id":"a","correct":1e999}""", HttpStatusCode.BadRequest, "correct", null)]
    [InlineData("[]", HttpStatusCode.BadRequest, null, null)]
    [InlineData("", HttpStatusCode.BadRequest, null, null)]
    public async Task Bad_feedback_is_refused(string json, HttpStatusCode status, string? param, string? code)
    {
        using TemporaryFolder folder = new();
        await using TestServer server = await StartAsync(folder);

        using HttpResponseMessage response = await SendAsync(server, json);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((status, "invalid_request_error", param, code), (error.Status, error.Type, error.Param, error.Code));
    }

    [Fact]
    public async Task Without_a_log_feedback_is_refused_rather_than_lost()
    {
        await using TestServer server = await TestServer.StartAsync();
        string id = await AnswerAsync(server);

        using HttpResponseMessage response = await SendAsync(server, $$"""{"id":"{{id}}","correct":1}""");

        Assert.Equal("decision_log_off", (await ErrorAnswer.ReadAsync(response)).Code);
    }

    [Fact]
    public async Task Only_the_key_that_has_an_answer_can_say_something_about_it()
    {
        using TemporaryFolder folder = new();
        await using (KeyedServer keyed = await StartAsync(folder, KeyedServer.Entry("alice"), KeyedServer.Entry("bob")))
        {
            string json = $$"""{"id":"{{await AnswerAsync(keyed, "alice")}}","correct":1}""";
            using HttpResponseMessage others = await keyed.SendAsync("bob", HttpMethod.Post, "/v1/feedback", json);
            using HttpResponseMessage own = await keyed.SendAsync("alice", HttpMethod.Post, "/v1/feedback", json);

            ErrorAnswer error = await ErrorAnswer.ReadAsync(others);
            Assert.Equal((HttpStatusCode.NotFound, "answer_not_found"), (error.Status, error.Code));
            Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        }

        string[] lines = await File.ReadAllLinesAsync(folder.File("log"), TestContext.Current.CancellationToken);
        using JsonDocument feedback = JsonDocument.Parse(lines.Single(l => l.Contains("\"feedback\"", StringComparison.Ordinal)));
        Assert.Equal("alice", feedback.RootElement.GetProperty("key").GetString());
    }

    [Fact]
    public async Task A_limited_key_may_give_feedback_as_often_as_it_may_ask_and_asks_no_less_for_it()
    {
        using TemporaryFolder folder = new();
        await using KeyedServer keyed = await StartAsync(folder, KeyedServer.Entry("alice", "\"requests_per_minute\":2"));
        string json = $$"""{"id":"{{await AnswerAsync(keyed, "alice")}}","correct":1}""";

        List<HttpStatusCode> statuses = [];
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await keyed.SendAsync("alice", HttpMethod.Post, "/v1/feedback", json);
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses);
        await AnswerAsync(keyed, "alice");
    }

    private static Task<KeyedServer> StartAsync(TemporaryFolder folder, params string[] entries) =>
        KeyedServer.StartAsync(options => options with { DecisionLog = new() { Path = folder.File("log") } }, entries);

    private static async Task<string> AnswerAsync(KeyedServer keyed, string key)
    {
        using HttpResponseMessage response = await keyed.AskAsync(key);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return body.RootElement.GetProperty("id").GetString()!;
    }

    private static Task<TestServer> StartAsync(TemporaryFolder folder) =>
        TestServer.StartAsync(options => options with { DecisionLog = new() { Path = folder.File("log") } });

    private static async Task<string> AnswerAsync(TestServer server)
    {
        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("id").GetString()!;
    }

    private static Task<HttpResponseMessage> SendAsync(TestServer server, string json) =>
        server.Client.PostAsync(new Uri("/v1/feedback", UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));
}
