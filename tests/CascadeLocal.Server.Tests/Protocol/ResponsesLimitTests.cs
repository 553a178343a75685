using System.Net;

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

    [Fact]
    public void An_items_id_and_every_one_of_its_texts_count_in_what_it_takes()
    {
        ResponseItem.Message said = new("m", "user", ["hello"], []);

        Assert.Equal(said.Size + (2 * 63), (said with { Id = new string('m', 64) }).Size);
        // A text of one letter is an object of its own.
        Assert.True((said with { Parts = ["h", "e", "l", "l", "o"] }).Size >= said.Size + (4 * 24));
    }
}
