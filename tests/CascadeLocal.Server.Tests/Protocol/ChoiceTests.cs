using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>Several answers side by side, and the log-probabilities of their tokens.</summary>
public sealed class ChoiceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task As_many_answers_come_as_were_asked_for_each_by_its_own_seed(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = request => new([.. Enumerable.Repeat(request.Seed!.Value.ToString(CultureInfo.InvariantCulture), (int)request.Seed), ""])
        {
            FinishReason = request.Seed == 4 ? FinishReason.Length : FinishReason.Stop,
        };

        JsonObject answer = await AskAsync(server, "\"n\":3,\"seed\":3", stream);

        Assert.Equal(["333", "4444", "55555"], TextsOf(answer));
        Assert.Equal(["stop", "length", "stop"], answer["choices"]!.AsArray().Select(choice => (string?)choice!["finish_reason"]));
        Assert.Equal((7, 4 + 5 + 6), ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!));
        Assert.All(server.Small.Requests, request => Assert.Equal(1, request.Choices));
    }

    [Theory]
    [InlineData("chat/completions", "\"n\":128,\"logprobs\":true,\"top_logprobs\":20", 400)]
    [InlineData("chat/completions", "\"n\":128,\"logprobs\":true,\"top_logprobs\":20,\"max_tokens\":745", 400)]
    [InlineData("chat/completions", "\"n\":128,\"logprobs\":true,\"top_logprobs\":20,\"max_tokens\":744", 200)]
    [InlineData("chat/completions", "\"n\":128,\"logprobs\":true,\"top_logprobs\":20,\"stream\":true", 200)]
    [InlineData("chat/completions", "\"n\":128", 200)]
    [InlineData("chat/completions", "\"logprobs\":true,\"top_logprobs\":20", 200)]
    [InlineData("completions", "\"n\":64,\"logprobs\":5,\"max_tokens\":9000", 400)]
    [InlineData("completions", "\"n\":64,\"logprobs\":5,\"max_tokens\":20", 200)]
    public async Task Several_answers_keep_no_more_candidates_than_memory_is_for(string path, string fields, int status)
    {
        ScriptedMember member = new();
        await using TestServer server = await TestServer.StartAsync(
            load: _ => Task.FromResult<IMember>(new ScriptedMember(2_000) { Capabilities = member.Capabilities with { ContextLength = 8_192 } }));
        string body = $"{{\"model\":\"small\",{fields},{(path == "completions" ? "\"prompt\":[\"a\",\"b\"]" : "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]")}}}";

        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri($"/v1/{path}", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
            Assert.Contains("more than 2000000 are only served as a stream", (await ErrorAnswer.ReadAsync(response)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_would_answer_is_told_of_several_answers_as_of_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        using StringContent body = new("""{"messages":[{"role":"user","content":"hello"}],"n":2}""", Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/v1/cascade/decide", UriKind.Relative), body, TestContext.Current.CancellationToken);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Answers_of_a_stream_come_interleaved()
    {
        await using TestServer server = await TestServer.StartAsync();
        TaskCompletionSource go = new();
        server.Small.Answer = request => ScriptedAnswer.Paused(go.Task, request.Seed == 0 ? 1 : 3, "a", "b", "c", "");
        using HttpResponseMessage response = await server.PostAsync("""{"messages":[{"role":"user","content":"hello"}],"stream":true,"n":2,"seed":0}""");
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        StringBuilder[] texts = [new(), new()];

        while (texts[1].Length < 3 || texts[0].Length < 1)
            Add(texts, (await reader.NextAsync())!);
        Assert.Equal(("a", "abc"), (texts[0].ToString(), texts[1].ToString()));
        go.SetResult();
        foreach (string line in await reader.RestAsync())
            Add(texts, line);

        Assert.Equal(("abc", "abc"), (texts[0].ToString(), texts[1].ToString()));
    }

    [Fact]
    public async Task The_first_that_fails_fails_all_and_none_is_left_running()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = request => request.Seed == 1 ? ScriptedAnswer.Failing("a") : ScriptedAnswer.Endless("b");

        ErrorAnswer error = await server.PostForErrorAsync("""{"messages":[{"role":"user","content":"hello"}],"n":3,"seed":0}""");

        Assert.Equal("model_unavailable", error.Code);
        await Wait.UntilAsync(() => server.Small.Load.Running == 0);
    }

    [Fact]
    public async Task One_that_cannot_be_taken_refuses_all_and_none_is_left_running()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = request => request.Seed == 2 ? throw new QueueFullException(7) : ScriptedAnswer.Endless("b");

        ErrorAnswer error = await server.PostForErrorAsync("""{"messages":[{"role":"user","content":"hello"}],"n":3,"seed":0}""");

        Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, error.Status);
        await Wait.UntilAsync(() => server.Small.Load.Running == 0);
    }

    [Fact]
    public async Task No_more_answers_are_made_at_once_than_the_member_works_on()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });

        TaskCompletionSource go = new();
        server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 0, "4", "2", "");

        Task<JsonObject> asked = AskAsync(server, "\"n\":11,\"seed\":0", stream: false);
        await Wait.UntilAsync(() => server.Small.Requests.Count == 4);
        go.SetResult();

        Assert.Equal(Enumerable.Repeat("42", 11), TextsOf(await asked));
        Assert.Equal((11, 4), (server.Small.Requests.Count, server.Small.MostRunning));
    }

    [Fact]
    public async Task A_stream_opens_with_the_first_of_its_answers()
    {
        await using TestServer server = await TestServer.StartAsync();
        TaskCompletionSource go = new();
        server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 0, "4", "2", "");
        using HttpResponseMessage response = await server.PostAsync("""{"messages":[{"role":"user","content":"hello"}],"stream":true,"n":9}""");

        await Wait.UntilAsync(() => server.Small.Requests.Count == 4);
        go.SetResult();
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        await reader.RestAsync();

        Assert.Equal((9, 4), (server.Small.Requests.Count, server.Small.MostRunning));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Log_probabilities_are_those_of_the_tokens_that_the_text_is_made_of(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("4", "", "2", "");

        JsonObject answer = await AskAsync(server, "\"logprobs\":true,\"top_logprobs\":2", stream);

        JsonArray tokens = answer["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(["4", "", "2"], tokens.Select(token => (string?)token!["token"]));
        Assert.Equal(
            """{"token":"2","logprob":-0.5,"bytes":[50],"top_logprobs":[{"token":"2","logprob":-0.5,"bytes":[50]},{"token":"a","logprob":-1,"bytes":[97]}]}""",
            tokens[2]!.ToJsonString());
    }

    [Fact]
    public async Task Without_candidates_only_the_token_itself_is_told()
    {
        await using TestServer server = await TestServer.StartAsync();

        JsonObject answer = await AskAsync(server, "\"logprobs\":true", stream: false);

        Assert.All(answer["choices"]![0]!["logprobs"]!["content"]!.AsArray(), token => Assert.Empty(token!["top_logprobs"]!.AsArray()));
    }

    [Fact]
    public async Task A_member_that_tells_no_log_probabilities_refuses_to()
    {
        ScriptedMember silent = new() { Capabilities = new ScriptedMember().Capabilities with { Signals = SignalKind.LogProbability } };
        await using TestServer server = await TestServer.StartAsync(load: _ => Task.FromResult<IMember>(silent));

        Assert.Equal("not_served_by_model", (await server.PostForErrorAsync($$"""{{{Question}},"logprobs":true,"top_logprobs":1}""")).Code);
        using HttpResponseMessage answer = await server.PostAsync($$"""{{{Question}},"logprobs":true}""");
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
    }

    private const string Question = "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";

    private static IEnumerable<string?> TextsOf(JsonObject answer) => answer["choices"]!.AsArray().Select(choice => (string?)choice!["message"]!["content"]);

    private static void Add(StringBuilder[] texts, string line)
    {
        if (!line.StartsWith("data: {", StringComparison.Ordinal))
            return;
        foreach (JsonNode? choice in JsonNode.Parse(line["data: ".Length..])!["choices"]!.AsArray())
            texts[(int)choice!["index"]!].Append((string?)choice["delta"]!["content"]);
    }

    /// <summary>The answer, and of a stream the same put together from its chunks.</summary>
    private static async Task<JsonObject> AskAsync(TestServer server, string fields, bool stream)
    {
        string streamed = stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "";
        using HttpResponseMessage response = await server.PostAsync($"{{{Question},{fields}{streamed}}}");
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return stream ? Together(body) : JsonNode.Parse(body)!.AsObject();
    }

    private static JsonObject Together(string body)
    {
        SortedDictionary<int, JsonObject> choices = [];
        JsonNode? usage = null;
        foreach (string line in body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)))
        {
            JsonObject chunk = JsonNode.Parse(line["data: ".Length..])!.AsObject();
            usage ??= chunk["usage"]?.DeepClone();
            foreach (JsonNode? part in chunk["choices"]!.AsArray())
            {
                int index = (int)part!["index"]!;
                if (!choices.TryGetValue(index, out JsonObject? choice))
                    choices[index] = choice = new() { ["message"] = new JsonObject { ["content"] = "" } };
                choice["message"]!["content"] = (string?)choice["message"]!["content"] + (string?)part["delta"]!["content"];
                choice["finish_reason"] ??= part["finish_reason"]?.DeepClone();
                if (part["logprobs"] is not { } logprobs)
                    continue;
                choice["logprobs"] ??= new JsonObject { ["content"] = new JsonArray() };
                foreach (JsonNode? token in logprobs["content"]!.AsArray())
                    choice["logprobs"]!["content"]!.AsArray().Add(token!.DeepClone());
            }
        }

        return new() { ["choices"] = new JsonArray([.. choices.Values]), ["usage"] = usage };
    }
}
