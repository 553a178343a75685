using System.Text;
using System.Text.Json.Nodes;

using Xunit;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Asks a server's /v1/responses.</summary>
internal static class ResponsesApi
{
    public static async Task<HttpResponseMessage> SendAsync(TestServer server, HttpMethod method, string path, string? body = null, string? key = null)
    {
        using HttpRequestMessage request = new(method, "/v1/responses" + path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static async Task<JsonNode> GetAsync(TestServer server, string path)
    {
        using HttpResponseMessage response = await SendAsync(server, HttpMethod.Get, path);
        return JsonNode.Parse(await ReadAsync(response))!;
    }

    public static async Task<ErrorAnswer> FailAsync(TestServer server, HttpMethod method, string path, string? body = null, string? key = null)
    {
        using HttpResponseMessage response = await SendAsync(server, method, path, body, key);
        return await ErrorAnswer.ReadAsync(response);
    }

    /// <summary>The response; of a stream the one at its end, which says what its events have said.</summary>
    public static async Task<JsonNode> AskAsync(TestServer server, string fields, bool stream = false, string? key = null)
    {
        using HttpResponseMessage response = await SendAsync(server, HttpMethod.Post, "", $"{{{fields}{(stream ? ",\"stream\":true" : "")}}}", key);
        string text = await ReadAsync(response);
        if (!stream)
            return JsonNode.Parse(text)!;
        IReadOnlyList<JsonNode> events = EventsOf(text);
        JsonNode last = events[^1]["response"]!;
        Assert.Equal(Together(events).ToJsonString(), last["output"]!.ToJsonString());
        return last;
    }

    public static async Task<IReadOnlyList<JsonNode>> StreamAsync(TestServer server, string fields)
    {
        using HttpResponseMessage response = await SendAsync(server, HttpMethod.Post, "", $"{{{fields},\"stream\":true}}");
        return EventsOf(await ReadAsync(response));
    }

    /// <summary>Without what no two answers have in common.</summary>
    public static string Comparable(JsonNode output)
    {
        JsonArray items = output.DeepClone().AsArray();
        foreach (JsonNode? item in items)
        {
            item!["id"] = "";
            if (item["call_id"] is not null)
                item["call_id"] = "";
        }

        return items.ToJsonString();
    }

    /// <summary>The events of a stream, each named as it says, and counted from 0.</summary>
    public static IReadOnlyList<JsonNode> EventsOf(string text)
    {
        List<JsonNode> events = [];
        foreach (string block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(block => !block.StartsWith(':')))
        {
            string[] lines = block.Split('\n');
            Assert.Equal(2, lines.Length);
            JsonNode data = JsonNode.Parse(lines[1]["data: ".Length..])!;
            Assert.Equal(("event: " + (string?)data["type"], events.Count), (lines[0], (int)data["sequence_number"]!));
            events.Add(data);
        }

        return events;
    }

    // As clients put them together: from what begins, grows and ends.
    private static JsonArray Together(IReadOnlyList<JsonNode> events)
    {
        JsonArray items = [];
        Dictionary<int, string> texts = [];
        foreach (JsonNode next in events)
        {
            int index = (int?)next["output_index"] ?? -1;
            switch (((string)next["type"]!).Split('.', 2)[^1])
            {
                case "output_item.added":
                    Assert.Equal((items.Count, "in_progress"), (index, (string?)next["item"]!["status"]));
                    items.Add(next["item"]!.DeepClone());
                    texts[index] = "";
                    break;
                case "output_text.delta" or "reasoning_text.delta" or "function_call_arguments.delta":
                    Assert.Equal((string?)items[index]!["id"], (string?)next["item_id"]);
                    texts[index] += (string?)next["delta"];
                    break;
                case "output_text.done" or "reasoning_text.done":
                    Assert.Equal(texts[index], (string?)next["text"]);
                    break;
                case "function_call_arguments.done":
                    Assert.Equal(texts[index], (string?)next["arguments"]);
                    break;
                case "content_part.done":
                    Assert.Equal(texts[index], (string?)next["part"]!["text"]);
                    items[index]!["content"] = new JsonArray(next["part"]!.DeepClone());
                    break;
                case "output_item.done":
                    if (next["item"]!["content"] is { } content && items[index]!["content"] is { } parts)
                        Assert.Equal(content.ToJsonString(), parts.ToJsonString());
                    items[index] = next["item"]!.DeepClone();
                    break;
            }
        }

        return items;
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        return text;
    }
}
