using System.Net;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>What a client cannot make the store hold, or a request become.</summary>
public sealed class ResponsesLimitTests
{
    [Fact]
    public async Task An_id_of_an_item_may_have_64_characters()
    {
        await using TestServer server = await TestServer.StartAsync();
        static string Input(int length) => $$"""[{"id":"{{new string('a', length)}}","role":"user","content":"hi"}]""";

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", $$"""{"input":{{Input(65)}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "input[0].id"), (error.Status, error.Param));
        await ResponsesApi.AskAsync(server, $"\"input\":{Input(64)}");
    }

    [Theory]
    [InlineData("""[{"id":"a","role":"user","content":"1"},{"id":"a","role":"user","content":"2"}]""")]
    [InlineData("""[{"type":"item_reference","id":"kept"},{"type":"item_reference","id":"kept"}]""")]
    [InlineData("""[{"role":"user","content":"1"},{"id":"","role":"user","content":"2"}]""")]
    public async Task An_id_names_one_item_of_a_request_so_that_pages_of_them_end(string input)
    {
        await using TestServer server = await TestServer.StartAsync();
        await ResponsesApi.AskAsync(server, """ "input":[{"id":"kept","role":"user","content":"hi"}] """);

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", $$"""{"input":{{input}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "input[1].id"), (error.Status, error.Param));
    }

    [Fact]
    public async Task A_request_may_have_2048_items()
    {
        await using TestServer server = await TestServer.StartAsync();
        static string Input(int count) => $"[{string.Join(',', Enumerable.Repeat("{\"role\":\"user\",\"content\":\"\"}", count))}]";

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", $$"""{"input":{{Input(2049)}}}""");

        Assert.Equal((HttpStatusCode.BadRequest, "input"), (error.Status, error.Param));
        await ResponsesApi.AskAsync(server, $"\"input\":{Input(2048)}");
    }

    [Theory]
    [InlineData("""{"input":[{"type":"item_reference","id":"a"},{"role":"user","content":"TEXT"}]}""")]
    [InlineData("""{"input":"TEXT","previous_response_id":"FIRST"}""")]
    public async Task A_conversation_is_no_longer_than_a_body_however_it_is_brought(string body)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { BodyLimit = 3_000 });
        JsonNode first = await ResponsesApi.AskAsync(server, $$""" "input":[{"id":"a","role":"user","content":"{{new string('x', 2_000)}}"}] """);
        string Body(int length) => body.Replace("FIRST", (string?)first["id"], StringComparison.Ordinal).Replace("TEXT", new string('x', length), StringComparison.Ordinal);

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", Body(1_001));

        Assert.Equal((HttpStatusCode.BadRequest, "input"), (error.Status, error.Param));
        using HttpResponseMessage answered = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", Body(900));
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Fact]
    public void An_items_id_and_every_one_of_its_texts_count_in_what_it_takes()
    {
        ResponseItem.Message said = new("m", "user", ["hello"], []);

        Assert.Equal(said.Size + (2 * 63), (said with { Id = new string('m', 64) }).Size);
        // A text of one letter is an object of its own.
        Assert.True((said with { Parts = ["h", "e", "l", "l", "o"] }).Size >= said.Size + (4 * 24));
    }
}
