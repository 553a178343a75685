using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>The key goes to one host and shows nowhere; nothing else is followed or believed.</summary>
public sealed class SecurityTests
{
    private static readonly CircuitBreakerOptions Patient = new() { MinimumRequests = 100 };

    [Fact(Timeout = Remote.Deadline)]
    public async Task The_key_is_sent_and_shows_in_no_log_line_and_no_message()
    {
        LogKeeper log = new();
        List<string> messages = [];
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { ApiKey = Remote.Key, Breaker = Patient }, log);
        await member.ReadAsync();
        Assert.All(endpoint.Asked, exchange => Assert.Contains($"Authorization: Bearer {Remote.Key}\r\n", exchange.Head, StringComparison.Ordinal));

        // An endpoint that echoes it, in every way it can answer.
        string echo = $$$"""{"error":{"message":"Incorrect key {{{Remote.Key}}} provided"}}""";
        foreach (int status in new[] { 400, 401, 403, 404, 429, 500, 502, 302 })
        {
            endpoint.Chat = exchange => exchange.JsonAsync(status, echo);
            messages.Add((await Assert.ThrowsAnyAsync<MemberException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask())).ToString());
        }

        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(echo);
        };
        using RemoteMember another = await ConnectAnewAsync(endpoint, log);
        messages.Add((await another.ReadAsync()).End.Failure!.ToString());
        messages.AddRange([Remote.Options(endpoint).ToString(), (Remote.Options(endpoint) with { ApiKey = Remote.Key }).ToString()]);
        messages.AddRange([member.Circuit.ToString(), another.Circuit.ToString(), member.Identity.ToString(), JsonSerializer.Serialize(Remote.Options(endpoint) with { ApiKey = Remote.Key })]);

        Assert.Equal(7, messages.Count(message => message.Contains("Incorrect key *** provided", StringComparison.Ordinal)));
        Assert.All(messages.Concat(log.Lines), text => Assert.DoesNotContain(Remote.Key, text, StringComparison.Ordinal));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_redirect_is_not_followed_and_its_target_never_sees_the_request()
    {
        await using ScriptedEndpoint elsewhere = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { ApiKey = Remote.Key, Breaker = Patient });
        foreach (int status in new[] { 301, 302, 303, 307, 308 })
        {
            endpoint.Chat = exchange => exchange.JsonAsync(status, "", $"Location: {elsewhere.Url}/chat/completions\r\n");
            MemberUnavailableException e = await Assert.ThrowsAsync<MemberUnavailableException>(() => member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask());
            Assert.EndsWith("redirects are not followed.", e.Message, StringComparison.Ordinal);
        }

        endpoint.List = exchange => exchange.JsonAsync(302, "", $"Location: {elsewhere.Url}/models\r\n");
        await Assert.ThrowsAsync<MemberUnavailableException>(() => endpoint.ConnectAsync());
        Assert.Equal(0, elsewhere.Connections);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Cookies_are_not_kept_and_nothing_of_this_process_is_told()
    {
        await using ScriptedEndpoint endpoint = new()
        {
            List = exchange => exchange.JsonAsync(200, ScriptedEndpoint.Models, "Set-Cookie: a=b; Path=/\r\n"),
        };
        using RemoteMember member = await endpoint.ConnectAsync();
        using System.Diagnostics.Activity activity = new System.Diagnostics.Activity("request").Start();
        await member.ReadAsync();
        string head = endpoint.Asked.Last().Head;
        foreach (string header in new[] { "cookie", "traceparent", "user-agent", "accept-encoding", "authorization" })
            Assert.DoesNotContain($"\r\n{header}:", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task What_no_header_can_hold_is_not_sent_and_opens_no_circuit()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        for (int i = 0; i < 5; i++)
        {
            TraceContext trace = new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=\u00e9");
            Assert.NotEmpty((await member.ReadAsync(Remote.Ask() with { Trace = trace })).Tokens);
        }

        Assert.Equal(RemoteCircuitState.Closed, member.Circuit.State);
        Assert.Contains("\r\ntraceparent: 00-", endpoint.Asked.Last().Head, StringComparison.Ordinal);
        Assert.DoesNotContain("tracestate", endpoint.Asked.Last().Head, StringComparison.Ordinal);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_certificate_that_nobody_vouches_for_and_a_server_without_TLS_are_refused_before_anything_is_sent()
    {
        using ECDsa key = ECDsa.Create();
        using X509Certificate2 made = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        await using ScriptedEndpoint unknown = new(certificate);
        await using ScriptedEndpoint plain = new();
        int listed = 0;
        unknown.List = plain.List = exchange =>
        {
            listed++;
            return exchange.JsonAsync(200, ScriptedEndpoint.Models);
        };
        foreach (ScriptedEndpoint endpoint in new[] { unknown, plain })
        {
            MemberUnavailableException e = await Assert.ThrowsAsync<MemberUnavailableException>(() => endpoint.ConnectAsync(
                options => options with { ApiKey = Remote.Key, Url = $"https://127.0.0.1:{endpoint.Port}/v1" }));
            Assert.Equal("The connection to 'strong' is not secure: TLS failed.", e.Message);
        }

        Assert.Equal(0, listed);
    }

    [Theory]
    [InlineData("http://gpu-box:8000/v1")]
    [InlineData("https://api.example.com/v1/")]
    [InlineData("http://[::1]:8000/v1")]
    public void Plain_addresses_are_accepted(string url) => RemoteMemberOptions.CheckUrl(url);

    [Theory]
    [InlineData("")]
    [InlineData("gpu-box:8000/v1")]
    [InlineData("/v1")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://gpu-box/v1")]
    [InlineData("http://user:hunter2@gpu-box/v1")]
    [InlineData("http://@gpu-box/v1")]
    [InlineData("http://gpu-box/v1?a=b")]
    [InlineData("http://gpu-box/v1?")]
    [InlineData("http://gpu-box/v1#f")]
    [InlineData("http://gpu-box\\@evil/v1")]
    [InlineData("http://gpu-box/v1 ")]
    [InlineData("http://gpu-box/v1\r\nHost: evil")]
    public void Other_addresses_are_refused_without_being_repeated(string url)
    {
        RemoteOptionsException e = Assert.Throws<RemoteOptionsException>(() => RemoteMemberOptions.CheckUrl(url));
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("The url of the remote member ", e.Message, StringComparison.Ordinal);
    }

    public static TheoryData<Func<RemoteMemberOptions, RemoteMemberOptions>, string> Wrong => new()
    {
        { options => options with { Name = " " }, "name" },
        { options => options with { Model = "" }, "model" },
        { options => options with { ApiKey = "" }, "api key" },
        { options => options with { ApiKey = "sk-hunter2\r\nX: y" }, "api key" },
        { options => options with { ApiKey = "sk-hunter2é" }, "api key" },
        { options => options with { ContextLength = 0 }, "ctx" },
        { options => options with { Parallel = 0 }, "parallel" },
        { options => options with { MaxQueue = -1 }, "max_queue" },
        { options => options with { ConnectTimeout = TimeSpan.Zero }, "connect timeout" },
        { options => options with { SilenceTimeout = TimeSpan.FromDays(1) }, "silence timeout" },
        { options => options with { RetryDelay = TimeSpan.FromSeconds(-1) }, "retry delay" },
        { options => options with { Breaker = new CircuitBreakerOptions { FailureRatio = 0 } }, "failure ratio" },
        { options => options with { Breaker = new CircuitBreakerOptions { MinimumRequests = 1 } }, "minimum requests" },
        { options => options with { Breaker = new CircuitBreakerOptions { Window = TimeSpan.Zero } }, "window" },
        { options => options with { Breaker = new CircuitBreakerOptions { OpenFor = TimeSpan.Zero } }, "open for" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Options_that_cannot_be_are_refused_by_name_and_without_the_key(Func<RemoteMemberOptions, RemoteMemberOptions> change, string what)
    {
        RemoteMemberOptions options = new() { Name = "strong", Url = "http://gpu-box:8000/v1", Model = "m", ApiKey = Remote.Key };
        RemoteMemberOptions.Validate(options);
        RemoteOptionsException e = Assert.Throws<RemoteOptionsException>(() => RemoteMemberOptions.Validate(change(options)));
        Assert.StartsWith($"The {what} of the remote member ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
    }

    // Its probe is answered well, its answers as the endpoint was told.
    private static async Task<RemoteMember> ConnectAnewAsync(ScriptedEndpoint endpoint, LogKeeper log)
    {
        Func<Exchange, Task> chat = endpoint.Chat;
        endpoint.Chat = Wire.AnswerWell;
        RemoteMember member = await endpoint.ConnectAsync(options => options with { ApiKey = Remote.Key }, log);
        endpoint.Chat = chat;
        return member;
    }
}
