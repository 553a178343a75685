using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Asks a running server what it would decide, and compares that with the policy.</summary>
public static class LiveDecisions
{
    private const int AtOnce = 4;
    private const int MostExamples = 5;
    private const int MostExampleLength = 120;

    /// <summary>Asks about every text.</summary>
    /// <param name="server">The server's address.</param>
    /// <param name="key">Its API key, or null.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="router">The policy's decisions on them.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="HttpRequestException">The server cannot be reached, or refuses.</exception>
    public static async Task<AgreementReport> CompareAsync(
        Uri server, string? key, IReadOnlyList<string> texts, OfflineRouter router, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(router);
        using HttpClient client = new() { BaseAddress = server };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        DisagreementReport?[] found = new DisagreementReport?[texts.Count];
        int done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, texts.Count, options, async (text, cancel) =>
        {
            string live = await AskAsync(client, texts[text], cancel);
            string offline = Describe(router.ClusterNameOf(text), router.StartOf(text));
            found[text] = live == offline ? null : new(Shorten(texts[text]), offline, live);
            progress?.Report((double)Interlocked.Increment(ref done) / texts.Count);
        });
        DisagreementReport[] all = [.. found.OfType<DisagreementReport>()];
        return new(texts.Count, all.Length, [.. all.Take(MostExamples)]);
    }

    private static async Task<string> AskAsync(HttpClient client, string text, CancellationToken cancellationToken)
    {
        JsonObject body = new() { ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }) };
        using StringContent content = new(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri("v1/cascade/decide", UriKind.Relative), content, cancellationToken);
        string answer = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"/v1/cascade/decide answers {(int)response.StatusCode}: {Shorten(answer)}");
        using JsonDocument decision = JsonDocument.Parse(answer);
        return Describe(Text(decision.RootElement, "cluster"), Text(decision.RootElement, "model"));
    }

    private static string? Text(JsonElement decision, string name) =>
        decision.ValueKind == JsonValueKind.Object && decision.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string Describe(string? cluster, string? model) => $"{cluster ?? "no cluster"} to {model ?? "nobody"}";

    private static string Shorten(string text) => text.Length <= MostExampleLength ? text : $"{text[..MostExampleLength]}…";
}

/// <summary>How far a running server decides what the policy decides offline.</summary>
/// <param name="Asked">How many prompts it was asked about.</param>
/// <param name="Disagreements">Where it names another cluster or another member.</param>
/// <param name="Examples">A few of them.</param>
public sealed record AgreementReport(int Asked, int Disagreements, IReadOnlyList<DisagreementReport> Examples);

/// <summary>A prompt that a server decides about otherwise.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Offline">The cluster and the member by the policy.</param>
/// <param name="Live">The cluster and the member by the server.</param>
public sealed record DisagreementReport(string Prompt, string Offline, string Live);
