using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Bench.Server;

/// <summary>An answer as its client sees it.</summary>
/// <param name="Tokens">Output tokens, by its usage.</param>
/// <param name="Events">Events that carried text; 0 if it was not streamed.</param>
/// <param name="Path">The members that worked on it, in order.</param>
internal sealed record ChatAnswer(int Tokens, int Events, IReadOnlyList<string> Path);

/// <summary>Asks a server questions, as any client of OpenAI's API does.</summary>
internal sealed class ChatClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(30) };

    /// <summary>The names of the members, without that of the pool.</summary>
    public async Task<IReadOnlyList<string>> MembersAsync(CancellationToken cancellationToken)
    {
        JsonNode? list = await _http.GetFromJsonAsync<JsonNode>("v1/models", cancellationToken);
        return [.. list!["data"]!.AsArray().Select(model => (string)model!["id"]!).Where(name => name != "cascade")];
    }

    /// <summary>Asks, and reads the answer to its end.</summary>
    /// <param name="body">The body of a chat completion; <c>stream</c> says how the answer comes.</param>
    /// <param name="cancellationToken">Gives the answer up.</param>
    /// <exception cref="ServerFailedException">The answer is not one.</exception>
    public async Task<ChatAnswer> AskAsync(JsonObject body, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(body) };
        using HttpResponseMessage response = await _http.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new ServerFailedException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            return Read(JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!, 0);
        return await ReadStreamAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<ChatAnswer> ReadStreamAsync(Stream stream, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(stream);
        int events = 0;
        string? last = null;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == "data: [DONE]")
                return last is null ? throw new ServerFailedException("a stream without usage") : Read(JsonNode.Parse(last)!, events);
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            if (line.Contains("\"choices\":[]", StringComparison.Ordinal))
                last = line["data: ".Length..];
            else if (line.Contains("\"finish_reason\":null", StringComparison.Ordinal))
                events++;
        }

        throw new ServerFailedException("a stream that ends without [DONE]");
    }

    private static ChatAnswer Read(JsonNode answer, int events)
    {
        JsonArray? path = answer["cascade"]?["path"] as JsonArray;
        return new ChatAnswer(
            answer["usage"]?["completion_tokens"]?.GetValue<int>() ?? throw new ServerFailedException("an answer without usage"),
            events,
            path is null ? [] : path.Deserialize<string[]>()!);
    }
}
