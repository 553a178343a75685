using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>/v1/completions: prompts that are continued as they are.</summary>
public sealed class TextCompletionTests
{
    [Fact]
    public async Task A_prompt_is_continued()
    {
        await using TestServer server = await TestServer.StartAsync();

        JsonNode answer = await AskAsync(server, """{"prompt":"2 + 2 ="}""");

        Assert.Equal(
            ("text_completion", "42", "stop", 7, 3),
            ((string?)answer["object"], (string?)answer["choices"]![0]!["text"], (string?)answer["choices"]![0]!["finish_reason"], (int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!));
        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal(("2 + 2 =", 16), (request.PromptText, request.MaxTokens));
        Assert.Empty(request.Messages);
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData(",\"add_special_tokens\":true,\"parse_special\":false", true, false)]
    [InlineData(",\"add_special_tokens\":false,\"parse_special\":true", false, true)]
    public async Task How_a_text_becomes_tokens_can_be_asked_for(string fields, bool addsBeginning, bool readsControl)
    {
        await using TestServer server = await TestServer.StartAsync();

        await AskAsync(server, $$"""{"prompt":"x"{{fields}}}""");

        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal((addsBeginning, readsControl), (request.AddsBeginning, request.ReadsControlTokens));
    }

    [Fact]
    public async Task Minus_one_is_no_seed_and_a_cache_salt_parts_prefixes_without_another_owner()
    {
        await using TestServer server = await TestServer.StartAsync();

        foreach (string fields in (string[])["", ",\"seed\":-1,\"cache_salt\":\"a\"", ",\"seed\":-2,\"cache_salt\":\"b\"", ",\"cache_salt\":\"a\""])
            await AskAsync(server, $$"""{"prompt":"x"{{fields}}}""");

        GenerationRequest[] requests = [.. server.Small.Requests];
        Assert.Equal([null, null, unchecked((ulong)-2L), null], requests.Select(request => request.Seed));
        Assert.Single(requests.Select(request => request.CacheSalt).Distinct());
        Assert.Equal(3, requests.Select(request => request.PrefixSalt).Distinct().Count());
        Assert.Equal(requests[1].PrefixSalt, requests[3].PrefixSalt);
    }

    [Fact]
    public async Task Token_ids_are_a_prompt_too()
    {
        await using TestServer server = await TestServer.StartAsync();

        await AskAsync(server, """{"prompt":[5,6,7],"max_tokens":9}""");

        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal([5, 6, 7], request.Prompt.ToArray());
        Assert.Equal((null, 9), (request.PromptText, request.MaxTokens));
    }

    [Fact]
    public async Task Several_prompts_are_answered_in_their_order_and_each_as_often_as_asked_for()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = request => new($"{request.PromptText ?? "ids"}{request.Seed}", "");

        JsonNode answer = await AskAsync(server, """{"prompt":["a","b",[1]],"n":2,"seed":0,"echo":false}""");

        Assert.Equal(["a0", "a1", "b0", "b1", "ids0", "ids1"], answer["choices"]!.AsArray().Select(choice => (string?)choice!["text"]));
        Assert.Equal([0, 1, 2, 3, 4, 5], answer["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal((3 * 7, 6 * 2), ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!));
        Assert.Equal(3, server.Small.Requests.Select(request => request.Id).Distinct().Count());
    }

    [Fact]
    public async Task Of_several_prompts_one_that_fails_fails_all_and_none_is_left_running()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = request => request.PromptText == "b" ? ScriptedAnswer.Failing("x") : ScriptedAnswer.Endless("y");

        using HttpResponseMessage response = await PostAsync(server, """{"prompt":["a","b"]}""");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        await Wait.UntilAsync(() => server.Small.Load.Running == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_echo_begins_with_the_prompt(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();

        Assert.Equal("2 + 2 = 42", await TextAsync(server, "\"prompt\":\"2 + 2 = \",\"echo\":true", stream));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Log_probabilities_have_their_old_form(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("4", "22", "2", "");
        using HttpResponseMessage response = await PostAsync(server, $$"""{"prompt":"x","logprobs":2{{(stream ? ",\"stream\":true" : "")}}}""");

        JsonNode[] logprobs = [.. (await ChunksAsync(response, stream)).SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice!["logprobs"]).OfType<JsonNode>()];

        Assert.Equal(["4", "22", "2"], logprobs.SelectMany(l => l["tokens"]!.AsArray()).Select(token => (string?)token));
        Assert.Equal([0, 1, 3], logprobs.SelectMany(l => l["text_offset"]!.AsArray()).Select(offset => (int)offset!));
        Assert.All(logprobs.SelectMany(l => l["token_logprobs"]!.AsArray()), value => Assert.Equal(-0.5, (double)value!));
        Assert.Equal("""{"4":-0.5,"a":-1}""", logprobs[0]["top_logprobs"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("{}", "prompt")]
    [InlineData("""{"prompt":""}""", "prompt")]
    [InlineData("""{"prompt":[]}""", "prompt")]
    [InlineData("""{"prompt":7}""", "prompt")]
    [InlineData("""{"prompt":["a",7]}""", "prompt[1]")]
    [InlineData("""{"prompt":[[]]}""", "prompt[0]")]
    [InlineData("""{"prompt":[1,"a"]}""", "prompt[1]")]
    [InlineData("""{"prompt":[-1]}""", "prompt[0]")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", "suffix")]
    [InlineData("""{"prompt":"a","best_of":2}""", "best_of")]
    [InlineData("""{"prompt":"a","logprobs":21}""", "logprobs")]
    [InlineData("""{"prompt":"a","logprobs":1,"echo":true}""", "echo")]
    [InlineData("""{"prompt":[1],"echo":true}""", "echo")]
    [InlineData("""{"prompt":["a","b"],"stream":true}""", "stream")]
    [InlineData("""{"prompt":["a","b"],"n":65}""", "n")]
    [InlineData("""{"prompt":"a","min_tokens":50}""", "min_tokens")]
    [InlineData("""{"prompt":"a","promt":"b"}""", "promt")]
    [InlineData("""{"prompt":"a","tools":[{}]}""", "tools")]
    [InlineData("""{"prompt":"a","messages":[{}]}""", "messages")]
    public async Task What_is_wrong_is_named(string body, string field)
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, body);

        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);
        Assert.Equal((HttpStatusCode.BadRequest, field), (error.Status, error.Param));
    }

    private static async Task<HttpResponseMessage> PostAsync(TestServer server, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        return await server.Client.PostAsync(new Uri("/v1/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    private static async Task<JsonNode> AskAsync(TestServer server, string body)
    {
        using HttpResponseMessage response = await PostAsync(server, body);
        return Assert.Single(await ChunksAsync(response, stream: false));
    }

    private static async Task<string> TextAsync(TestServer server, string fields, bool stream)
    {
        using HttpResponseMessage response = await PostAsync(server, $"{{{fields}{(stream ? ",\"stream\":true" : "")}}}");
        return string.Concat((await ChunksAsync(response, stream)).SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (string?)choice!["text"]));
    }

    private static async Task<IReadOnlyList<JsonNode>> ChunksAsync(HttpResponseMessage response, bool stream)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return stream
            ? [.. text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonNode.Parse(line["data: ".Length..])!)]
            : [JsonNode.Parse(text)!];
    }
}
