using System.Net;
using System.Text.Json.Nodes;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>/v1/messages: errors, keys, headers, and the counting of tokens.</summary>
public sealed class MessagesErrorTests
{
    private const string Count = MessagesClient.Path + "/count_tokens";

    [Theory]
    [InlineData(MessagesClient.Path, "{}", 400, "invalid_request_error")]
    [InlineData(MessagesClient.Path, "no JSON", 400, "invalid_request_error")]
    [InlineData(Count, "{}", 400, "invalid_request_error")]
    [InlineData(MessagesClient.Path, """{"model":"claude-none","max_tokens":9,"messages":[{"role":"user","content":"x"}]}""", 404, "not_found_error")]
    [InlineData(Count, """{"model":"claude-none","messages":[{"role":"user","content":"x"}]}""", 404, "not_found_error")]
    [InlineData(Count, """{"model":"small","messages":[{"role":"user","content":"x"}]}""", 400, "invalid_request_error")]
    [InlineData(MessagesClient.Path + "/batches", "{}", 404, "not_found_error")]
    public async Task Errors_have_Anthropics_shape(string path, string body, int status, string type)
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, body, path);

        (HttpStatusCode Status, string Type, string Message) error = await MessagesClient.ErrorOf(response);
        Assert.Equal(((HttpStatusCode)status, type), (error.Status, error.Type));
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public async Task So_have_those_that_no_endpoint_made()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { BodyLimit = 1000 });
        using HttpResponseMessage method = await server.Client.GetAsync(new Uri(MessagesClient.Path, UriKind.Relative), TestContext.Current.CancellationToken);
        using HttpResponseMessage large = await MessagesClient.PostAsync(server, MessagesClient.Body($"\"metadata\":\"{new string('a', 1000)}\""));
        using HttpResponseMessage origin = await MessagesClient.PostAsync(server, MessagesClient.Body(), headers: ("Origin", "http://evil.example"));

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "invalid_request_error"), TypeOf(await MessagesClient.ErrorOf(method)));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"), TypeOf(await MessagesClient.ErrorOf(large)));
        Assert.Equal((HttpStatusCode.Forbidden, "permission_error"), TypeOf(await MessagesClient.ErrorOf(origin)));
    }

    [Fact]
    public async Task A_full_member_says_when_to_come_again()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = _ => throw new QueueFullException(7);
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body());

        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_error"), TypeOf(await MessagesClient.ErrorOf(response)));
        Assert.Equal("1", response.Headers.RetryAfter?.ToString());
    }

    [Fact]
    public async Task While_models_load_the_server_is_overloaded()
    {
        TaskCompletionSource<IMember> loaded = new();
        await using TestServer server = await TestServer.StartAsync(load: _ => loaded.Task, awaitReady: false);
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body());

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "overloaded_error"), TypeOf(await MessagesClient.ErrorOf(response)));
        loaded.SetResult(server.Small);
    }

    [Fact]
    public async Task A_key_comes_in_either_header()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["right"] });
        using HttpResponseMessage none = await MessagesClient.PostAsync(server, MessagesClient.Body());
        using HttpResponseMessage wrong = await MessagesClient.PostAsync(server, MessagesClient.Body(), headers: ("x-api-key", "wrong"));
        using HttpResponseMessage own = await MessagesClient.PostAsync(server, MessagesClient.Body(), headers: ("x-api-key", "right"));
        using HttpResponseMessage bearer = await MessagesClient.PostAsync(server, MessagesClient.Body(), headers: ("Authorization", "Bearer right"));

        Assert.Equal((HttpStatusCode.Unauthorized, "authentication_error"), TypeOf(await MessagesClient.ErrorOf(none)));
        Assert.Equal((HttpStatusCode.Unauthorized, "authentication_error"), TypeOf(await MessagesClient.ErrorOf(wrong)));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (own.StatusCode, bearer.StatusCode));
        Assert.Single(server.Small.Requests.Select(request => request.CacheSalt).Distinct());
    }

    [Fact]
    public async Task Headers_of_Anthropics_clients_are_taken_and_what_is_ignored_is_told()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await MessagesClient.PostAsync(
            server, MessagesClient.Body("\"metadata\":{}"), MessagesClient.Path + "?beta=true", ("anthropic-version", "2023-06-01"), ("anthropic-beta", "a,b"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("metadata", Assert.Single(response.Headers.GetValues("x-cascade-ignored")));
        Assert.Equal("small", Assert.Single(response.Headers.GetValues("x-cascade-model")));
    }

    [Fact]
    public async Task Counted_tokens_are_those_that_an_answer_is_charged_with()
    {
        string file = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        Assert.SkipUnless(File.Exists(file), "models/default has no nano");
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano")] },
            async _ => await LanguageModel.LoadAsync(new ModelOptions { Path = file, ContextLength = 512, Parallel = 1 }, NullLogger.Instance));
        const string Prompt = """
            "system":"Be brief.","messages":[{"role":"user","content":"What is 12 + 30?"},{"role":"assistant","content":"It is"}],
             "tools":[{"name":"add","description":"Adds.","input_schema":{"type":"object"}}]
            """;
        using HttpResponseMessage counted = await MessagesClient.PostAsync(server, $"{{{Prompt}}}", Count);
        using HttpResponseMessage plain = await MessagesClient.PostAsync(server, $"{{{Prompt},\"tool_choice\":{{\"type\":\"none\"}}}}", Count);
        using HttpResponseMessage answered = await MessagesClient.PostAsync(server, $"{{\"max_tokens\":1,{Prompt}}}");

        int count = (int)(await ReadAsync(counted))["input_tokens"]!, without = (int)(await ReadAsync(plain))["input_tokens"]!;
        JsonNode usage = (await ReadAsync(answered))["usage"]!;
        Assert.Equal((int)usage["input_tokens"]! + (int)usage["cache_read_input_tokens"]!, count);
        Assert.InRange(without, 1, count - 1);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static (HttpStatusCode Status, string Type) TypeOf((HttpStatusCode Status, string Type, string Message) error) => (error.Status, error.Type);
}
