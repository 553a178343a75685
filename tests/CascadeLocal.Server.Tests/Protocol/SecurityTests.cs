using System.Net;

using CascadeLocal.Server.Tests.Testing;

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
