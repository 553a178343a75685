using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>Calls of functions and reasoning in chat completions: taken out of the text, whole and in a stream alike.</summary>
public sealed class CallTests
{
    private const string Call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": \"{1}\"}}\n</tool_call>";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_reasoning_and_text_are_told_apart(bool stream)
    {
        Message message = await AskAsync(stream, "auto", "<thi", "nk>I add.", "</think>\n\nLet me see.\n", Call, "\n", Call, "");

        Assert.Equal(("Let me see.", "I add.", "tool_calls"), (message.Content, message.Reasoning, message.FinishReason));
        Assert.Equal(["add", "add"], message.Calls.Select(call => call.Name));
        Assert.All(message.Calls, call => Assert.Equal("{\"a\": \"{1}\"}", call.Arguments));
        Assert.Equal(2, message.Calls.Select(call => call.Id).Distinct().Count());
        Assert.All(message.Calls, call => Assert.Matches("^[A-Za-z0-9]{9}$", call.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_of_an_unknown_function_is_text(bool stream)
    {
        const string Other = "<tool_call>\n{\"name\": \"sub\", \"arguments\": {}}\n</tool_call>";

        Message message = await AskAsync(stream, "auto", Other, "");

        Assert.Equal((Other, "stop", 0), (message.Content, message.FinishReason, message.Calls.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_an_answer_that_is_held_to_calls_a_further_call_that_was_cut_is_no_content(bool stream)
    {
        Message message = await AskAsync(stream, "required", Call, "\n<tool_call>\n{\"name\": \"a");

        Assert.Single(message.Calls);
        Assert.Null(message.Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_an_answer_that_is_held_to_calls_nothing_that_was_cut_is_content(bool stream)
    {
        for (int length = 1; length < Call.IndexOf("{\"a", StringComparison.Ordinal); length++)
        {
            Message message = await AskAsync(stream, "required", Call[..length]);
            Assert.Equal((null, "length", 0), (message.Content, message.FinishReason, message.Calls.Count));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_one_call_is_allowed_there_is_one(bool stream)
    {
        Message message = await AskAsync(stream, "auto\",\"parallel_tool_calls\":false,\"user\":\"me", "I add.", Call, "\n", Call, "");

        Assert.Equal(("I add.", "tool_calls"), (message.Content, message.FinishReason));
        Assert.Equal("{\"a\": \"{1}\"}", Assert.Single(message.Calls).Arguments);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_whose_arguments_went_wrong_is_none_to_be_made(bool stream)
    {
        Message message = await AskAsync(stream, "auto", "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": oops}}", "");
        Message unclosed = await AskAsync(stream, "auto", "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}\n</tool_call>", "");

        Assert.Equal(("oops}}", "stop", "{\"a\": "), (message.Content, message.FinishReason, Assert.Single(message.Calls).Arguments));
        Assert.Equal(("tool_calls", "{\"a\": 1}"), (unclosed.FinishReason, Assert.Single(unclosed.Calls).Arguments));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_no_function_may_be_called_none_is(bool stream)
    {
        Message message = await AskAsync(stream, "none", Call, "");

        Assert.Equal((Call, 0), (message.Content, message.Calls.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_asks_by_the_old_name_is_answered_by_it_with_one_call(bool stream)
    {
        await using TestServer server = await StartAsync(Call, "\n", Call, "");
        JsonNode[] choices = await ChoicesAsync(server, "\"functions\":[{\"name\":\"add\"}]", stream);

        JsonNode[] calls = [.. choices.Select(choice => (choice["message"] ?? choice["delta"])!["function_call"]).OfType<JsonNode>()];
        Assert.Equal("add", string.Concat(calls.Select(call => (string?)call["name"])));
        Assert.Equal("{\"a\": \"{1}\"}", string.Concat(calls.Select(call => (string?)call["arguments"])));
        Assert.Equal("function_call", (string?)choices[^1]["finish_reason"]);
    }

    private static async Task<TestServer> StartAsync(params string[] tokens)
    {
        TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new(tokens) { Markup = new("Hermes", BeginsInReasoning: false), FinishReason = tokens[^1].Length == 0 ? FinishReason.Stop : FinishReason.Length };
        return server;
    }

    private static async Task<Message> AskAsync(bool stream, string choice, params string[] tokens)
    {
        await using TestServer server = await StartAsync(tokens);
        return Message.Of(await ChoicesAsync(server, $"\"tools\":[{{\"type\":\"function\",\"function\":{{\"name\":\"add\"}}}}],\"tool_choice\":\"{choice}\"", stream));
    }

    private static async Task<JsonNode[]> ChoicesAsync(TestServer server, string fields, bool stream)
    {
        using HttpResponseMessage response = await server.PostAsync($"{{\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}],{fields},\"stream\":{(stream ? "true" : "false")}}}");
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        IEnumerable<string> documents = stream ? body.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => line["data: ".Length..]) : [body];
        return [.. documents.SelectMany(document => JsonNode.Parse(document)!["choices"]!.AsArray()).OfType<JsonNode>()];
    }

    /// <summary>What a client makes of a message, or of the deltas that it comes in.</summary>
    private sealed record Message(string? Content, string? Reasoning, string? FinishReason, List<(string Id, string Name, string Arguments)> Calls)
    {
        public static Message Of(IEnumerable<JsonNode> choices)
        {
            string content = "", reasoning = "";
            string? reason = null;
            List<(string Id, string Name, string Arguments)> calls = [];
            foreach (JsonNode choice in choices)
            {
                JsonNode part = (choice["message"] ?? choice["delta"])!;
                content += (string?)part["content"];
                reasoning += (string?)part["reasoning_content"];
                reason ??= (string?)choice["finish_reason"];
                foreach (JsonNode? call in part["tool_calls"]?.AsArray() ?? [])
                {
                    int index = (int?)call!["index"] ?? calls.Count;
                    if (index == calls.Count)
                        calls.Add(((string)call["id"]!, (string)call["function"]!["name"]!, ""));
                    calls[index] = calls[index] with { Arguments = calls[index].Arguments + (string?)call["function"]!["arguments"] };
                }
            }

            return new(content.Length > 0 ? content : null, reasoning.Length > 0 ? reasoning : null, reason, calls);
        }
    }
}
