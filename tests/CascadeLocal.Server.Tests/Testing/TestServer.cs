using System.Text;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>The real server on a free port, with scripted members 'nano' and 'small', of which small is the stronger.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Hello = """{"messages":[{"role":"user","content":"hello"}]}""";

    private readonly ModelPool _pool;

    private TestServer(ServerOptions options, Func<string, Task<IMember>>? load, ILoggerFactory log)
    {
        _pool = new ModelPool(options.Members, NullLogger.Instance, (member, _, _) => load is null ? Task.FromResult(Backend(member.Name)) : load(member.Name));
        Server = new CascadeServer(options, _pool, log);
    }

    public CascadeServer Server { get; }

    public ScriptedMember Nano { get; } = new(1_000);

    public ScriptedMember Small { get; } = new(2_000);

    /// <summary>Answers where the options name a member 'base'.</summary>
    public ScriptedMember Base { get; } = new(3_000);

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    /// <param name="configure">Changes the default options.</param>
    /// <param name="load">What loads the member of that file name; null gives the scripted ones.</param>
    /// <param name="awaitReady">Whether to wait until the members are loaded.</param>
    /// <param name="log">Keeps what the server logs; null for nobody.</param>
    public static async Task<TestServer> StartAsync(
        Func<ServerOptions, ServerOptions>? configure = null,
        Func<string, Task<IMember>>? load = null,
        bool awaitReady = true,
        ILoggerFactory? log = null)
    {
        ServerOptions options = new() { Port = 0, AdminLoopback = true, Members = [Member("nano"), Member("small")] };
        TestServer server = new(configure?.Invoke(options) ?? options, load, log ?? NullLoggerFactory.Instance);
        await server.Server.StartAsync();
        server.Client.BaseAddress = server.Server.Address;
        if (awaitReady)
            await Wait.ForAsync(() => server.Client.GetStringAsync(new Uri("/health", UriKind.Relative)), text => !text.Contains("\"loading\"", StringComparison.Ordinal));
        return server;
    }

    public static MemberOptions Member(string name) => new() { Name = name, Model = new ModelOptions { Path = name } };

    public ModelPool Pool => _pool;

    public IMember Backend(string name) => name switch
    {
        "nano" => Nano,
        "base" => Base,
        "small" => Small,
        _ => new ScriptedMember(2_000),
    };

    public Task<HttpResponseMessage> PostAsync(string json, string? key = null) => PostUntilAsync(json, key, CancellationToken.None);

    /// <summary>Posts as a client that leaves when <paramref name="leave"/> is cancelled.</summary>
    public Task<HttpResponseMessage> PostUntilAsync(string json, string? key, CancellationToken leave)
    {
        HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave);
    }

    /// <summary>Posts and checks that the answer is an error of OpenAI's shape.</summary>
    public async Task<ErrorAnswer> PostForErrorAsync(string json, string? key = null)
    {
        using HttpResponseMessage response = await PostAsync(json, key);
        return await ErrorAnswer.ReadAsync(response);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Server.Abort();
        await Server.DrainAsync();
        await Server.DisposeAsync();
        _pool.Dispose();
    }
}
