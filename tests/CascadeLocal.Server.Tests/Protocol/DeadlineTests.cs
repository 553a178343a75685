using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.AspNetCore.Http;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>The header x-request-timeout-ms.</summary>
public sealed class DeadlineTests
{
    private const string Header = "x-request-timeout-ms";

    private static async Task<HttpResponseMessage> PostAsync(TestServer server, string deadline, string json = TestServer.Hello, string path = "/v1/chat/completions")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(Header, deadline);
        return await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("+5")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("86400001")]
    [InlineData("99999999999999999999")]
    public async Task A_deadline_that_is_none_is_refused_by_its_name(string deadline)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { LoadEmbedder = () => new LetterEmbedder() });

        using HttpResponseMessage chat = await PostAsync(server, deadline);
        using HttpResponseMessage embeddings = await PostAsync(server, deadline, """{"input":"easy"}""", "/v1/embeddings");

        foreach (HttpResponseMessage response in (HttpResponseMessage[])[chat, embeddings])
        {
            ErrorAnswer error = await ErrorAnswer.ReadAsync(response);
            Assert.Equal((HttpStatusCode.BadRequest, Header), (error.Status, error.Param));
            Assert.Equal("The header x-request-timeout-ms must be one integer from 1 to 86400000.", error.Message);
        }

        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task A_request_whose_deadline_is_over_ends_as_one_whose_budget_is()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => ScriptedAnswer.Endless("4", "2");

        using HttpResponseMessage response = await PostAsync(server, "500");
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        JsonElement choice = body.RootElement.GetProperty("choices")[0];
        Assert.Equal(("42", "length"), (choice.GetProperty("message").GetProperty("content").GetString(), choice.GetProperty("finish_reason").GetString()));
        Assert.True(body.RootElement.GetProperty("cascade").GetProperty("budget_exhausted").GetBoolean());
    }

    [Theory]
    [InlineData(null, 70)]
    [InlineData(50, 50)]
    [InlineData(70, 70)]
    [InlineData(90, 70)]
    public void The_tighter_of_deadline_and_budget_holds(int? budget, int held)
    {
        HttpRequest http = new DefaultHttpContext { Request = { Headers = { [Header] = "70" } } }.Request;
        GenerationRequest request = TestCascade.Request(budget: budget is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null);

        Assert.Equal(TimeSpan.FromMilliseconds(held), RequestDeadline.Apply(http, request).Controls.Budget);
    }

    [Fact]
    public void Without_the_header_the_budget_holds_alone()
    {
        GenerationRequest request = TestCascade.Request(budget: TimeSpan.FromSeconds(1));

        Assert.Same(request, RequestDeadline.Apply(new DefaultHttpContext().Request, request));
    }

    [Fact]
    public void A_deadline_that_is_given_twice_is_none()
    {
        HttpRequest http = new DefaultHttpContext { Request = { Headers = { [Header] = new(["70", "80"]) } } }.Request;

        Assert.Equal(Header, Assert.Throws<ApiException>(() => RequestDeadline.Of(http)).Error.Param);
    }

    [Fact]
    public async Task Embeddings_that_take_too_long_are_429()
    {
        LetterEmbedder embedder = new();
        await using TestServer server = await TestServer.StartAsync(options => options with { LoadEmbedder = () => embedder });
        using HttpResponseMessage quick = await PostAsync(server, "60000", """{"input":"easy"}""", "/v1/embeddings");
        Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        embedder.Working = stop => Task.Delay(Timeout.Infinite, stop);

        using HttpResponseMessage response = await PostAsync(server, "50", """{"input":"easy"}""", "/v1/embeddings");
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal(((HttpStatusCode)429, "The request's time was over before its texts were embedded."), (error.Status, error.Message));
    }
}
