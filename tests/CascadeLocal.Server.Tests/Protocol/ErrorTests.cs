using System.Net;
using System.Text;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class ErrorTests
{
    private const string InvalidRequest = "invalid_request_error";

    [Theory]
    [InlineData("huge")]
    [InlineData("../small")]
    [InlineData("Small")]
    [InlineData("")]
    public async Task An_unknown_model_is_404(string model)
    {
        await using TestServer server = await TestServer.StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"x"}]}""");

        Assert.Equal((HttpStatusCode.NotFound, InvalidRequest, "model", "model_not_found"), (error.Status, error.Type, error.Param, error.Code));
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("POST", "/", 405)]
    [InlineData("POST", "/nowhere", 404)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/health", 405)]
    [InlineData("GET", "/v1/models/nothing", 404)]
    public async Task Unknown_routes_and_wrong_methods_answer_in_the_apis_shape(string method, string path, int status)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.Client.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((status, InvalidRequest), ((int)error.Status, error.Type));
    }

    [Theory]
    [InlineData("/api/chat")]
    [InlineData("/chat/completions")]
    public async Task A_route_of_another_servers_is_told_where_the_api_is(string path)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.Client.PostAsync(new Uri(path, UriKind.Relative), null, TestContext.Current.CancellationToken);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.NotFound, "unknown_url"), (error.Status, error.Code));
        Assert.Equal($"There is no POST {path}. OpenAI's API is under /v1, as /v1/chat/completions is; GET /openapi.json lists all routes.", error.Message);
    }

    [Fact]
    public async Task Wrong_json_is_told_its_line_and_column_counted_from_one()
    {
        await using TestServer server = await TestServer.StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync("{\n \"messages\": nothing }");

        Assert.StartsWith("The request body is not valid JSON: 'nothing }' is an invalid JSON literal.", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" (line 2, column 15).", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_cap_is_413(bool chunked)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { BodyLimit = 2_000 });
        byte[] body = Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{new string('x', 3_000)}}"}]}""");
        HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, InvalidRequest), (error.Status, error.Type));
    }

    [Fact]
    public async Task A_body_at_the_cap_is_served()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { BodyLimit = TestServer.Hello.Length });

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task A_limit_above_the_context_is_no_error(string field)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.PostAsync($$"""{"messages":[{"role":"user","content":"x"}],"{{field}}":101}""");

        Assert.Equal((HttpStatusCode.OK, 101), (answer.StatusCode, Assert.Single(server.Small.Requests).MaxTokens));
    }

    [Fact]
    public async Task A_bias_outside_the_vocabulary_is_400()
    {
        await using TestServer server = await TestServer.StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync("""{"messages":[{"role":"user","content":"x"}],"logit_bias":{"50":1}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "logit_bias"), (error.Status, error.Param));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_prompt_longer_than_the_context_is_400_with_both_numbers(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new ContextLengthExceededException(1234, 100);

        ErrorAnswer error = await server.PostForErrorAsync($$"""{"messages":[{"role":"user","content":"x"}],"stream":{{(stream ? "true" : "false")}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, InvalidRequest, "context_length_exceeded"), (error.Status, error.Type, error.Code));
        Assert.Contains("1234", error.Message, StringComparison.Ordinal);
        Assert.Contains("100", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_is_429_with_retry_after()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new QueueFullException(256);

        ErrorAnswer error = await server.PostForErrorAsync("""{"messages":[{"role":"user","content":"x"}],"stream":true}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (error.Status, error.RetryAfter));
    }

    [Fact]
    public async Task A_template_that_refuses_is_400_where_the_member_is_named_and_where_all_refuse()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new ChatTemplateException("Roles must alternate.");

        ErrorAnswer pinned = await server.PostForErrorAsync("""{"model":"small","messages":[{"role":"user","content":"hello"}]}""");
        CascadeAnswer passed = await CascadeAnswer.AskAsync(server, "hello");
        server.Nano.Answer = server.Small.Answer;
        ErrorAnswer all = await server.PostForErrorAsync(TestServer.Hello);

        Assert.Equal((HttpStatusCode.BadRequest, "Roles must alternate.", "chat_template_error"), (pinned.Status, pinned.Message, pinned.Code));
        Assert.Equal(("nano", "small (template), nano"), (passed.Model, passed.Path));
        Assert.Equal((HttpStatusCode.BadRequest, "Roles must alternate."), (all.Status, all.Message));
    }

    [Fact]
    public async Task A_member_whose_template_cannot_be_used_is_passed_over_before_it_is_asked()
    {
        ScriptedMember mute = new(9_000) { Capabilities = new() { Model = "m", ContextLength = 100, Parallel = 1, ParameterCount = 9_000, ChatProblem = "none" } };
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("mute"), TestServer.Member("nano")] },
            name => Task.FromResult<IMember>(name == "mute" ? mute : new ScriptedMember()));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "hello");

        Assert.Equal(("nano", "mute (template), nano"), (answer.Model, answer.Path));
        Assert.Empty(mute.Requests);
    }

    [Fact]
    public async Task A_failed_engine_is_503()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new EngineException("The model is being unloaded.");

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error"), (error.Status, error.Type));
    }

    [Fact]
    public async Task A_bug_is_500_without_its_details()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new InvalidOperationException("secret");

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);

        Assert.Equal((HttpStatusCode.InternalServerError, "server_error"), (error.Status, error.Type));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_gave_way_to_a_request_that_goes_first_may_be_asked_for_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("a") { FinishReason = FinishReason.Displaced };

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);
        using HttpResponseMessage stream = await server.PostAsync("""{"messages":[{"role":"user","content":"hello"}],"stream":true}""");

        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"), (error.Status, error.Code));
        Assert.Contains("rate_limit_exceeded", await stream.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
