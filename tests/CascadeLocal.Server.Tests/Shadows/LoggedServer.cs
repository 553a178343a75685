using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Shadows;

/// <summary>A running server with a decision log, and what is in that.</summary>
internal sealed class LoggedServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private TestServer? _server;

    public TestServer Server => _server!;

    public string LogFile => _folder.File("log");

    public static async Task<LoggedServer> StartAsync(Policy policy, CascadeSettings settings, bool text = false)
    {
        LoggedServer logged = new();
        logged._server = await GatedPolicy.StartAsync(policy, options => options with
        {
            Cascade = settings,
            DecisionLog = new() { Path = logged.LogFile, IncludeText = text },
        });
        return logged;
    }

    /// <summary>The lines of requests, once there are so many.</summary>
    public Task<JsonElement[]> RequestsAsync(int count) =>
        Wait.ForAsync(() => Task.FromResult(Read()), requests => requests.Length >= count, $"{count} requests in the log");

    /// <summary>The lines of requests after the server has drained.</summary>
    public async Task<JsonElement[]> StopAsync()
    {
        await DisposeServerAsync();
        return Read();
    }

    public Task<string> MetricsAsync() => Server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

    public async Task FeedbackAsync(string id, bool correct)
    {
        using StringContent body = new(JsonSerializer.Serialize(new { id, correct }), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Server.Client.PostAsync(new Uri("/v1/feedback", UriKind.Relative), body, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeServerAsync();
        _folder.Dispose();
    }

    private async Task DisposeServerAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
            await server.DisposeAsync();
    }

    // The last line may still be being written.
    private JsonElement[] Read()
    {
        if (!File.Exists(LogFile))
            return [];
        using StreamReader reader = new(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string[] lines = reader.ReadToEnd().Split('\n')[..^1];
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.GetProperty("event").GetString() == "request")];
    }
}
