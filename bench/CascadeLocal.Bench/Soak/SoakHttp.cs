using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Bench.Server;

namespace CascadeLocal.Bench.Soak;

/// <summary>Sends requests and takes nothing for an answer that is none: every method throws <see cref="ServerFailedException"/> then.</summary>
internal sealed class SoakHttp(Uri address) : IDisposable
{
    private const string Data = "data: ";
    private const string Done = "[DONE]";

    /// <summary>Far longer than any answer takes that is asked for here.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // Whoever leaves a stream leaves it at once, and reads no rest.
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Where an answer 429 that was waited for is counted.</summary>
    public required SoakCounts Counts { get; init; }

    /// <summary>What a GET answers.</summary>
    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken) =>
        JsonNode.Parse(await _http.GetStringAsync(path, cancellationToken))!;

    /// <summary>A whole answer.</summary>
    public async Task<JsonNode> AskAsync(string path, string body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        using HttpResponseMessage response = await SendAsync(path, body, limit.Token);
        string text = await response.Content.ReadAsStringAsync(limit.Token);
        return response.StatusCode == HttpStatusCode.OK
            ? JsonNode.Parse(text) ?? throw new ServerFailedException("null")
            : throw new ServerFailedException($"{(int)response.StatusCode}: {text}");
    }

    /// <summary>The events of a stream, or null if it was left before its end.</summary>
    /// <param name="path">Where it is asked for.</param>
    /// <param name="body">What is asked.</param>
    /// <param name="endsWithDone">Whether [DONE] has to be the last of it; else there must be none.</param>
    /// <param name="most">Events after which the client leaves.</param>
    /// <param name="cancellationToken">Leaves the stream.</param>
    public async Task<IReadOnlyList<JsonNode>?> AskStreamedAsync(
        string path, string body, bool endsWithDone, int most, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        using HttpResponseMessage response = await SendAsync(path, body, limit.Token);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new ServerFailedException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(limit.Token)}");
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(limit.Token));
        List<JsonNode> events = [];
        bool isDone = false;
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (!line.StartsWith(Data, StringComparison.Ordinal))
                continue;
            if (isDone)
                throw new ServerFailedException($"an event behind [DONE]: {line}");
            isDone = line.AsSpan(Data.Length).SequenceEqual(Done);
            if (isDone)
                continue;
            JsonNode next = JsonNode.Parse(line[Data.Length..])!;
            if (next["error"] is not null)
                throw new ServerFailedException($"a failure in the stream: {line}");
            events.Add(next);
            if (events.Count == most)
                return null;
        }

        return isDone == endsWithDone ? events : throw new ServerFailedException($"a stream of {events.Count} events without [DONE]");
    }

    /// <summary>Sends what is wrong, and demands a 400 that says so as OpenAI does.</summary>
    public async Task DemandRefusalAsync(string path, string body, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        using HttpResponseMessage response = await SendAsync(path, body, limit.Token);
        string text = await response.Content.ReadAsStringAsync(limit.Token);
        if (response.StatusCode != HttpStatusCode.BadRequest)
            throw new ServerFailedException($"{(int)response.StatusCode} in place of 400: {text}");
        JsonObject? error = JsonNode.Parse(text)?["error"] as JsonObject;
        if ((string?)error?["message"] is not { Length: > 0 } || (string?)error["type"] != "invalid_request_error" ||
            !error.ContainsKey("param") || !error.ContainsKey("code"))
            throw new ServerFailedException($"not an error as OpenAI writes it: {text}");
    }

    public void Dispose() => _http.Dispose();

    private static CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        return limit;
    }

    // Asks again as long as the server says when.
    private async Task<HttpResponseMessage> SendAsync(string path, string body, CancellationToken cancellationToken)
    {
        while (true)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || response.Headers.RetryAfter?.Delta is not { } wait)
                return response;
            response.Dispose();
            Counts.AddWait();
            await Task.Delay(wait, cancellationToken);
        }
    }
}
