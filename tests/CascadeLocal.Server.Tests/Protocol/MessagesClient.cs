using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>Calls /v1/messages, and puts a stream together again as Anthropic's clients do.</summary>
internal static class MessagesClient
{
    public const string Path = "/v1/messages";

    /// <summary>A body with the fields that are required, and more as <c>"name":value</c>.</summary>
    public static string Body(params string[] fields) =>
        $"{{{string.Join(',', fields.Prepend("\"model\":\"cascade\",\"max_tokens\":5000,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]"))}}}";

    public static Task<HttpResponseMessage> PostAsync(TestServer server, string body, string path = Path, params (string Name, string Value)[] headers) =>
        SendAsync(server, body, path, CancellationToken.None, headers);

    /// <summary>Posts as a client that leaves when <paramref name="leave"/> is cancelled.</summary>
    public static Task<HttpResponseMessage> SendAsync(
        TestServer server, string body, string path, CancellationToken leave, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        return server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave);
    }

    /// <summary>The answer, and of a stream the same put together from its events.</summary>
    public static async Task<JsonObject> AskAsync(TestServer server, bool stream, params string[] fields)
    {
        using HttpResponseMessage response = await PostAsync(server, Body(stream ? [.. fields, "\"stream\":true"] : fields));
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return stream ? Together(EventsOf(body)) : JsonNode.Parse(body)!.AsObject();
    }

    /// <summary>The events of a stream, each of which is named as its type says.</summary>
    public static IReadOnlyList<JsonObject> EventsOf(string body)
    {
        List<JsonObject> events = [];
        foreach (string text in body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(text => text[0] != ':'))
        {
            string[] lines = text.Split('\n');
            JsonObject data = JsonNode.Parse(lines[1]["data: ".Length..])!.AsObject();
            Assert.Equal(2, lines.Length);
            Assert.Equal(lines[0], $"event: {data["type"]}");
            events.Add(data);
        }

        return events;
    }

    public static async Task<(HttpStatusCode Status, string Type, string Message)> ErrorOf(HttpResponseMessage response)
    {
        JsonNode body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(["type", "error", "request_id"], body.AsObject().Select(property => property.Key));
        Assert.Equal("error", (string?)body["type"]);
        Assert.Equal(["type", "message"], body["error"]!.AsObject().Select(property => property.Key));
        return (response.StatusCode, (string)body["error"]!["type"]!, (string)body["error"]!["message"]!);
    }

    private static JsonObject Together(IReadOnlyList<JsonObject> events)
    {
        Assert.Equal(("message_start", "message_stop"), ((string?)events[0]["type"], (string?)events[^1]["type"]));
        JsonObject message = events[0]["message"]!.DeepClone().AsObject();
        JsonArray content = message["content"]!.AsArray();
        bool isOpen = false;
        StringBuilder input = new();
        foreach (JsonObject one in events.Skip(1).SkipLast(1))
        {
            switch ((string?)one["type"])
            {
                case "content_block_start":
                    Assert.False(isOpen);
                    Assert.Equal(content.Count, (int)one["index"]!);
                    content.Add(one["content_block"]!.DeepClone());
                    isOpen = true;
                    break;
                case "content_block_delta":
                    Assert.True(isOpen);
                    Assert.Equal(content.Count - 1, (int)one["index"]!);
                    Add(content[^1]!.AsObject(), one["delta"]!, input);
                    break;
                case "content_block_stop":
                    Assert.True(isOpen);
                    Assert.Equal(content.Count - 1, (int)one["index"]!);
                    if (input.Length > 0)
                        content[^1]!["input"] = JsonNode.Parse(input.ToString());
                    input.Clear();
                    isOpen = false;
                    break;
                default:
                    Assert.Equal("message_delta", (string?)one["type"]);
                    Assert.False(isOpen);
                    foreach ((string name, JsonNode? value) in one["delta"]!.AsObject())
                        message[name] = value?.DeepClone();
                    message["usage"] = one["usage"]!.DeepClone();
                    message["cascade"] = one["cascade"]!.DeepClone();
                    break;
            }
        }

        return message;
    }

    private static void Add(JsonObject block, JsonNode delta, StringBuilder input)
    {
        switch ((string?)delta["type"])
        {
            case "text_delta":
                block["text"] = (string?)block["text"] + (string?)delta["text"];
                break;
            case "thinking_delta":
                block["thinking"] = (string?)block["thinking"] + (string?)delta["thinking"];
                break;
            default:
                Assert.Equal("input_json_delta", (string?)delta["type"]);
                Assert.Equal("tool_use", (string?)block["type"]);
                input.Append((string?)delta["partial_json"]);
                break;
        }
    }
}
