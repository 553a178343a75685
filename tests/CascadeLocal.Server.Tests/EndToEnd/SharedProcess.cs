using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>A process that the tests of a class share, and a folder for its files.</summary>
public abstract class SharedProcess : IAsyncLifetime
{
    private CascadeProcess? _server;

    /// <summary>The process; where none can be started the test that asks for it is skipped, with the reason.</summary>
    public CascadeProcess Server
    {
        get
        {
            CascadeProcess.RequireProgramAndTier();
            return _server!;
        }
    }

    private protected TemporaryFolder Folder { get; } = new();

    public async ValueTask InitializeAsync()
    {
        if (CascadeProcess.Missing is null)
            _server = await StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<CascadeProcess> StartAsync();
}

/// <summary>Little random models in files: what they say makes no sense, and costs next to nothing.</summary>
internal static class LittleModel
{
    /// <summary>A context that no answer and no prompt of a test comes to the end of.</summary>
    public const int Endless = 262_144;

    public static byte[] Bytes(int context = TestGguf.ContextLength, int seed = 1) =>
        TestGguf.Create(seed).Set("llama.context_length", (uint)context).Build();

    /// <summary>Writes one, and returns its path.</summary>
    public static string WriteModel(this TemporaryFolder folder, string name, int context = TestGguf.ContextLength, int seed = 1)
    {
        File.WriteAllBytes(folder.File(name), Bytes(context, seed));
        return folder.File(name);
    }
}

/// <summary>Sends a process what clients do not send as a rule, and reads what comes of it.</summary>
internal static class ProcessRequests
{
    public const string Chat = "/v1/chat/completions";

    public const string InvalidRequest = "invalid_request_error";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> PostAsync(this CascadeProcess server, string body, string path = Chat) =>
        server.PostAsync(Encoding.UTF8.GetBytes(body), path);

    public static Task<HttpResponseMessage> PostAsync(this CascadeProcess server, byte[] body, string path = Chat, string? encoding = null)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
            request.Content.Headers.ContentEncoding.Add(encoding);
        return server.SendAsync(request);
    }

    public static Task<HttpResponseMessage> SendAsync(this CascadeProcess server, HttpRequestMessage request) =>
        server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);

    public static async Task<ErrorAnswer> RefusedAsync(this CascadeProcess server, string body, string path = Chat)
    {
        using HttpResponseMessage response = await server.PostAsync(body, path);
        return await ErrorAnswer.ReadAsync(response);
    }

    /// <summary>Posts what has to be served, and returns the answer.</summary>
    public static async Task<JsonElement> ServedAsync(this CascadeProcess server, string body, string path = Chat)
    {
        using HttpResponseMessage response = await server.PostAsync(body, path);
        string text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    public static async Task<JsonElement> GetAsync(this CascadeProcess server, string path) =>
        JsonElement.Parse(await server.Client.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation));

    /// <summary>The process answers: what came before did nothing to others.</summary>
    public static async Task ServesAsync(this CascadeProcess server, string? model = null)
    {
        JsonElement answer = await server.AskAsync(TwoProcesses.Question("What is 12 + 30?", model: model, maxTokens: 4));
        Assert.InRange(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), 1, 4);
    }

    /// <summary>A number of /metrics: the first series whose name and labels begin so.</summary>
    public static async Task<double> NumberAsync(this CascadeProcess server, string name) =>
        await server.MetricAsync(name) is { } line ? double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
}
