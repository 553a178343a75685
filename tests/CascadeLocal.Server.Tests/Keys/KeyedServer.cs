using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

/// <summary>A running server whose keys are in a file, and whose clock stands still.</summary>
internal sealed class KeyedServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string File => _folder.File("keys.json");

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public RecordingLog Log { get; } = new();

    public TestServer Server { get; private set; } = null!;

    /// <param name="entries">Entries of the file, as <see cref="Entry"/> makes them.</param>
    public static Task<KeyedServer> StartAsync(params string[] entries) => StartAsync(options => options, entries);

    public static async Task<KeyedServer> StartAsync(Func<ServerOptions, ServerOptions> configure, params string[] entries)
    {
        KeyedServer keyed = new();
        keyed.Write(entries);
        keyed.Server = await TestServer.StartAsync(
            options => configure(options with { KeysFile = keyed.File, Clock = keyed.Clock, LoadEmbedder = () => new LetterEmbedder() }), log: keyed.Log);
        return keyed;
    }

    /// <summary>The key of a name, as a client sends it.</summary>
    public static string KeyOf(string name) => $"sk-{name}";

    /// <summary>An entry of the file: a name with the hash of its key, and more fields as <c>"name":value</c>.</summary>
    public static string Entry(string name, params string[] fields)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(KeyOf(name))));
        return $"{{{string.Join(',', [$"\"name\":\"{name}\"", $"\"hash\":\"sha256:{hash}\"", .. fields])}}}";
    }

    public void Write(params string[] entries) => WriteText($"{{\"keys\":[{string.Join(',', entries)}]}}");

    public void WriteText(string text) => System.IO.File.WriteAllText(File, text);

    /// <summary>Looks at the file as often as it takes to believe it.</summary>
    public void Reload()
    {
        Server.Server.Keys.CheckFile();
        Server.Server.Keys.CheckFile();
    }

    /// <summary>Asks for a chat completion.</summary>
    public Task<HttpResponseMessage> AskAsync(string name, string json = TestServer.Hello) => Server.PostAsync(json, KeyOf(name));

    public async Task<ErrorAnswer> AskForErrorAsync(string name, string json = TestServer.Hello)
    {
        using HttpResponseMessage response = await AskAsync(name, json);
        return await ErrorAnswer.ReadAsync(response);
    }

    public Task<HttpResponseMessage> SendAsync(string name, HttpMethod method, string path, string? json = null)
    {
        HttpRequestMessage request = new(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(name)) } };
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> GetAsync(string name, string path)
    {
        using HttpResponseMessage response = await SendAsync(name, HttpMethod.Get, path);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, text);
        using JsonDocument body = JsonDocument.Parse(text);
        return body.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
