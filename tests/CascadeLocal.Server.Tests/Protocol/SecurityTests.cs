using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Tests.Testing;

using Microsoft.AspNetCore.Http;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class SecurityTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    [InlineData("key-on")]
    [InlineData("key-one-")]
    public async Task A_missing_or_wrong_key_is_401(string? key)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["key-one", "key-two"] });

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello, key);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), (error.Status, error.Code));
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task Every_key_has_a_cache_salt_of_its_own()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["key-one", "key-two"] });

        foreach (string key in (string[])["key-one", "key-two", "key-one"])
        {
            using HttpResponseMessage response = await server.PostAsync(TestServer.Hello, key);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        string[] salts = [.. server.Small.Requests.Select(r => r.CacheSalt)];
        Assert.Equal(salts[0], salts[2]);
        Assert.NotEqual(salts[0], salts[1]);
        Assert.DoesNotContain("key-one", salts[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_needs_no_key_but_tells_strangers_only_that_it_lives()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["key-one"] });

        string body = await server.Client.GetStringAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("""{"status":"ok","state":"ready"}""", body);
    }

    [Theory]
    [InlineData("localhost:8080", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:80", 200)]
    [InlineData("box.lan", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("192.168.1.1", 403)]
    public async Task Only_known_hosts_are_served(string host, int status)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { AllowedHosts = ["box.lan"] });
        HttpRequestMessage request = new(HttpMethod.Get, "/health");
        request.Headers.Host = host;

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("https://app.example", 200, "https://app.example")]
    [InlineData("https://evil.example", 403, null)]
    [InlineData("null", 403, null)]
    public async Task Only_configured_origins_are_served(string origin, int status, string? allowed)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { CorsOrigins = ["https://app.example"] });
        HttpRequestMessage request = new(HttpMethod.Get, "/v1/models");
        request.Headers.Add("Origin", origin);

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(allowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
    }

    [Theory]
    [InlineData("0.0.0.0", null, true)]
    [InlineData("0.0.0.0", "key", false)]
    [InlineData("127.0.0.1", null, false)]
    public async Task A_server_that_is_open_to_the_network_says_so(string address, string? key, bool warns)
    {
        RecordingLog log = new();

        await using TestServer server = await TestServer.StartAsync(
            options => options with { Address = IPAddress.Parse(address), ApiKeys = key is null ? [] : [key] }, log: log, awaitReady: false);

        Assert.Equal(warns, log.Lines.Any(line => line.Contains("may use this server", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("vendor=1,other=a b~", "vendor=1,other=a b~")]
    [InlineData("a=\u00e9", null)]
    [InlineData("a=\u0001", null)]
    [InlineData("a=\u007f", null)]
    public void Only_a_trace_state_that_a_header_can_hold_is_handed_on(string state, string? read)
    {
        DefaultHttpContext context = new();
        context.Request.Headers.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        context.Request.Headers.TraceState = state;

        TraceContext? trace = TraceHeaders.Read(context.Request);

        Assert.NotNull(trace);
        Assert.Equal(read, trace.State);
    }

    [Fact]
    public async Task More_connections_than_may_be_are_closed_and_those_that_are_open_go_on()
    {
        RecordingLog log = new();
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxConnections = 3 }, log: log, awaitReady: false);
        List<TcpClient> idle = [];
        for (int i = 0; i < 3; i++)
        {
            idle.Add(new TcpClient());
            await idle[i].ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);
            Assert.Equal(200, await StatusAsync(idle[i]));
        }

        using TcpClient more = new();
        await more.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);

        Assert.Null(await StatusAsync(more));
        Assert.Equal(200, await StatusAsync(idle[0]));
        Assert.Single(log.Warnings, line => line.StartsWith("3 connections are open", StringComparison.Ordinal));
        idle.ForEach(client => client.Dispose());
    }

    // Null where the connection is closed instead of an answer.
    private static async Task<int?> StatusAsync(TcpClient client)
    {
        byte[] buffer = new byte[4_096];
        try
        {
            await client.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            int length = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken);
            return length == 0 ? null : int.Parse(Encoding.ASCII.GetString(buffer, 9, 3), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [Fact]
    public async Task A_refused_host_is_named()
    {
        await using TestServer server = await TestServer.StartAsync();
        HttpRequestMessage request = new(HttpMethod.Get, "/health");
        request.Headers.Host = "box.lan:81";

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Contains("'box.lan'", (await ErrorAnswer.ReadAsync(response)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_origins_are_denied_by_default()
    {
        await using TestServer server = await TestServer.StartAsync();
        HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(TestServer.Hello) };
        request.Headers.Add("Origin", "http://evil.example");

        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(server.Small.Requests);
    }
}
