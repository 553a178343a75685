using System.Net;
using System.Text;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Tests.Testing;

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
    public async Task More_tokens_than_the_context_is_400_with_the_field(string field)
    {
        await using TestServer server = await TestServer.StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync($$"""{"messages":[{"role":"user","content":"x"}],"{{field}}":101}""");

        Assert.Equal((HttpStatusCode.BadRequest, InvalidRequest, field), (error.Status, error.Type, error.Param));
        Assert.Contains("101", error.Message, StringComparison.Ordinal);
        Assert.Contains("100", error.Message, StringComparison.Ordinal);
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
        server.Small.Answer = _ => throw new ContextLengthExceededException(1234, 1, 100);

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
    public async Task A_template_that_refuses_is_400()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new ChatTemplateException("Roles must alternate.");

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);

        Assert.Equal((HttpStatusCode.BadRequest, "Roles must alternate."), (error.Status, error.Message));
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
}
