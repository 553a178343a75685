using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Dialects;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>What the document says of streams, and what is streamed.</summary>
public sealed class EventSchemaTests
{
    private const string Chat = "/v1/chat/completions", Bare = "/v1/completions", Responses = "/v1/responses", Messages = "/v1/messages";

    private const string Function = """ "name":"add","parameters":{"type":"object"} """;

    public static TheoryData<string, string> Requests => new()
    {
        { Chat, $$""" "messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{{{Function}}} }],"stream_options":{"include_usage":true},"logprobs":true """ },
        { Chat, $$""" "messages":[{"role":"user","content":"hi"}],"functions":[{{{Function}}}],"n":2 """ },
        { Bare, """ "prompt":"hi","logprobs":2,"stream_options":{"include_usage":true} """ },
        { Responses, $$""" "input":"hi","tools":[{"type":"function",{{Function}}}],"include":["message.output_text.logprobs"],"top_logprobs":1 """ },
        { Responses, """ "input":"hi","max_output_tokens":3 """ },
        { Messages, """ "max_tokens":90,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"add","input_schema":{"type":"object"}}] """ },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_event_is_what_the_document_says_and_nothing_less(string path, string fields)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("<think>", "I add.", "</think>", "So:", "\n<tool_call>\n{\"name\": \"add\", ", "\"arguments\": {\"a\": 1}}\n</tool_call>", "")
        {
            Markup = new(Dialect.Hermes.Name, BeginsInReasoning: false),
        };
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);

        string[] events = await StreamAsync(server, path, fields);

        Assert.True(events.Length > 4);
        Assert.All(events, data => Assert.True(document.GivesEvent(path, data), data));
        Assert.All(events.SelectMany(WithoutEach), data => Assert.False(document.GivesEvent(path, data), data));
        string[] others = [.. new[] { Chat, Bare, Responses, Messages }.Where(other => other != path)];
        Assert.All(others, other => Assert.All(events, data => Assert.False(document.GivesEvent(other, data), $"{other}: {data}")));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task So_is_the_error_that_ends_one(string path, string fields)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => ScriptedAnswer.Failing("4");
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);

        string[] events = await StreamAsync(server, path, fields);

        Assert.Contains("error", events[^1], StringComparison.Ordinal);
        Assert.All(events, data => Assert.True(document.GivesEvent(path, data), data));
    }

    private static async Task<string[]> StreamAsync(TestServer server, string path, string fields)
    {
        using StringContent body = new($"{{\"stream\":true,{fields}}}", Encoding.UTF8, "application/json");
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = body };
        using HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        // One that fails ends without its last chunk.
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = [];
        try
        {
            while (await reader.NextAsync() is { } line)
                lines.Add(line);
        }
        catch (IOException)
        {
            Assert.NotEmpty(lines);
        }

        return [.. DocumentSchemas.EventsOf(string.Join('\n', lines))];
    }

    // Chunks have these only at the end.
    private static IEnumerable<string> WithoutEach(string data)
    {
        foreach (string name in JsonNode.Parse(data)!.AsObject().Select(member => member.Key).Except(["usage", "cascade"]))
        {
            JsonObject less = JsonNode.Parse(data)!.AsObject();
            less.Remove(name);
            yield return less.ToJsonString();
        }
    }
}
