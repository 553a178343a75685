using System.Text.Json.Nodes;

using CascadeLocal.Dialects;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>The tokens that were thought, in the usage of chat completions and of responses.</summary>
public sealed class ReasoningTokenTests
{
    /// <summary>What a model writes, token by token, and how many of these are thought.</summary>
    public static TheoryData<string, bool, string[], int> Answers => new()
    {
        { Dialect.Hermes.Name, false, ["<think>", "one ", "and one", "</think>", "Two.", ""], 2 },
        { Dialect.Hermes.Name, false, ["<think>on", "e.</think>Two", ".", ""], 2 },
        { Dialect.Hermes.Name, false, ["<think>", "a", "", "é", "</think>", "", "Two.", ""], 3 },
        { Dialect.Hermes.Name, false, ["<think>", "a </th", "ink", "s>", "</thi", "nk>", "Two.", ""], 3 },
        { Dialect.Hermes.Name, false, ["<think>", "\n\n", "</think>", "\n\n", "Two.", ""], 0 },
        { Dialect.Hermes.Name, false, ["<think>", "not", " done"], 2 },
        { Dialect.Hermes.Name, false, ["Two", ".", ""], 0 },
        { Dialect.Hermes.Name, true, ["Hm", ".", "\n", "</think>", "\n\n", "Two.", ""], 2 },
        {
            Dialect.GptOss.Name, false,
            [
                "<|channel|>", "analysis", "<|message|>", "a", "b", "<|end|>", "<|start|>", "assistant", "<|channel|>", "analysis", "<|message|>", "c",
                "<|end|>", "<|start|>", "assistant", "<|channel|>", "final", "<|message|>", "d", "",
            ],
            3
        },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Tokens_that_are_reasoning_are_counted_in_a_stream_and_out_of_one(string dialect, bool begins, string[] tokens, int thought)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new(tokens)
        {
            Markup = new(dialect, begins), FinishReason = tokens[^1].Length == 0 ? FinishReason.Stop : FinishReason.Length,
        };

        Assert.Equal((thought, tokens.Length), await ChatAsync(server, stream: false));
        Assert.Equal((thought, tokens.Length), await ChatAsync(server, stream: true));
        foreach (bool stream in new[] { false, true })
        {
            JsonNode usage = (await ResponsesApi.AskAsync(server, "\"input\":\"hello\"", stream))["usage"]!;
            Assert.Equal((thought, tokens.Length), ((int)usage["output_tokens_details"]!["reasoning_tokens"]!, (int)usage["output_tokens"]!));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_of_several_answers_are_added(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = request => new([.. Enumerable.Repeat("a", (int)request.Seed! - 6), "</think>", "Two.", ""]) { Markup = new(Dialect.Hermes.Name, true) };

        Assert.Equal((1 + 2 + 3, 1 + 2 + 3 + 9), await ChatAsync(server, stream, ",\"n\":3,\"seed\":7"));
    }

    [Fact]
    public async Task A_member_that_tells_no_reasoning_has_none()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("<think>", "a", "</think>", "");

        Assert.Equal((0, 4), await ChatAsync(server, stream: false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_member_that_counts_them_itself_is_believed(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("Two", ".", "") { ReasoningTokens = 2, Markup = new(CallFields.Dialect, false) };

        Assert.Equal((2, 3), await ChatAsync(server, stream));
        Assert.Equal((4, 6), await ChatAsync(server, stream, ",\"n\":2"));
        Assert.Equal(2, (int)(await ResponsesApi.AskAsync(server, "\"input\":\"hello\"", stream))["usage"]!["output_tokens_details"]!["reasoning_tokens"]!);
    }

    private static async Task<(int Thought, int All)> ChatAsync(TestServer server, bool stream, string fields = "")
    {
        string streaming = stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "";
        using HttpResponseMessage response = await server.PostAsync($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]{fields}{streaming}}}");
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        string last = stream ? body.Split('\n').Last(line => line.StartsWith("data: {", StringComparison.Ordinal))["data: ".Length..] : body;
        JsonNode usage = JsonNode.Parse(last)!["usage"]!;
        return ((int)usage["completion_tokens_details"]!["reasoning_tokens"]!, (int)usage["completion_tokens"]!);
    }
}
