using System.Net;
using System.Text.Json;

using Xunit;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>A whole answer with what the cascade says of it.</summary>
internal sealed record CascadeAnswer(string Text, string FinishReason, JsonElement Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Cascade => Body.GetProperty("cascade");

    public string Model => Cascade.GetProperty("model").GetString()!;

    public string Path => string.Join(", ", Cascade.GetProperty("path").EnumerateArray().Select(s => s.GetString()));

    public string? Fallback => Cascade.GetProperty("fallback").GetString();

    public string Guarantee => Cascade.GetProperty("guarantee").GetString()!;

    public bool Escalated => Cascade.GetProperty("escalated").GetBoolean();

    public IReadOnlyList<string> Passes => [.. Cascade.GetProperty("passes").EnumerateArray().Select(p => p.GetProperty("model").GetString()!)];

    /// <summary>A request whose messages are these turns, user first; more fields are <c>"name":value</c>.</summary>
    public static string Request(string[] turns, params string[] fields)
    {
        string messages = JsonSerializer.Serialize(turns.Select((text, i) => new { role = i % 2 == 0 ? "user" : "assistant", content = text }));
        return $"{{{string.Join(',', fields.Prepend($"\"messages\":{messages}"))}}}";
    }

    public static Task<CascadeAnswer> AskAsync(TestServer server, string question, params string[] fields) =>
        PostAsync(server, Request([question], fields));

    public static async Task<CascadeAnswer> PostAsync(TestServer server, string json)
    {
        using HttpResponseMessage response = await server.PostAsync(json);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        using JsonDocument body = JsonDocument.Parse(text);
        JsonElement choice = body.RootElement.GetProperty("choices")[0];
        return new(
            choice.GetProperty("message").GetProperty("content").GetString()!,
            choice.GetProperty("finish_reason").GetString()!,
            body.RootElement.Clone(),
            response.Headers.ToDictionary(h => h.Key, h => string.Join(", ", h.Value)));
    }
}
