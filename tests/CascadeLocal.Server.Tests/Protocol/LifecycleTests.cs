using System.Net;
using System.Threading.Channels;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class LifecycleTests
{
    private const string Stream = """{"messages":[{"role":"user","content":"hello"}],"stream":true}""";

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(TestServer server, string path)
    {
        using HttpResponseMessage response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task While_models_load_the_port_answers_503_with_retry_after()
    {
        TaskCompletionSource<IMember> loaded = new();
        await using TestServer server = await TestServer.StartAsync(load: _ => loaded.Task, awaitReady: false);

        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error", "2"), (error.Status, error.Type, error.RetryAfter));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"loading"}"""), await GetAsync(server, "/ready"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/health")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(server, "/v1/models")).Status);

        loaded.SetResult(server.Small);
        await Wait.ForAsync(() => GetAsync(server, "/ready"), ready => ready.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_member_that_fails_leaves_the_others_serving()
    {
        ScriptedMember nano = new();
        await using TestServer server = await TestServer.StartAsync(load: name => name == "nano"
            ? Task.FromResult<IMember>(nano)
            : throw new ModelLoadException("small.gguf", "header", "wrong magic"));

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        ErrorAnswer pinned = await server.PostForErrorAsync("""{"model":"small","messages":[{"role":"user","content":"x"}]}""");
        (_, string health) = await GetAsync(server, "/health");

        Assert.Equal("nano", Assert.Single(response.Headers.GetValues("x-cascade-model")));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error"), (pinned.Status, pinned.Type));
        Assert.Contains("wrong magic", pinned.Message, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"failed\",\"reason\":\"small.gguf: header: wrong magic\"", health, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/ready")).Status);
    }

    [Fact]
    public async Task With_no_member_left_the_server_lives_but_is_not_ready()
    {
        await using TestServer server = await TestServer.StartAsync(load: _ => throw new InvalidOperationException("broken"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostForErrorAsync(TestServer.Hello)).Status);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"failed"}"""), await GetAsync(server, "/ready"));
    }

    [Fact]
    public async Task Draining_refuses_new_work_and_lets_a_running_stream_finish()
    {
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer(stop => tokens.Reader.ReadAllAsync(stop));
        using HttpResponseMessage response = await server.PostAsync(Stream);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        Task drain = server.Server.DrainAsync();
        ErrorAnswer error = await server.PostForErrorAsync(TestServer.Hello);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error", "5"), (error.Status, error.Type, error.RetryAfter));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"draining"}"""), await GetAsync(server, "/ready"));
        Assert.False(drain.IsCompleted);

        tokens.Writer.TryWrite("a");
        tokens.Writer.Complete();
        List<string> rest = await reader.RestAsync();
        await drain;

        Assert.Contains(rest, line => line.Contains("\"content\":\"a\"", StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", rest[^1]);
    }

    [Fact]
    public async Task A_stream_that_outlasts_the_drain_is_told_why_it_ends()
    {
        Channel<string> tokens = Channel.CreateUnbounded<string>();
        await using TestServer server = await TestServer.StartAsync(options => options with { DrainTimeout = TimeSpan.FromMilliseconds(50) });
        server.Small.Answer = _ => new ScriptedAnswer(stop => tokens.Reader.ReadAllAsync(stop));
        using HttpResponseMessage response = await server.PostAsync(Stream);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        await server.Server.DrainAsync();

        Assert.Contains("\"code\":\"server_draining\"", (await reader.RestAsync())[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_said_in_one_sentence()
    {
        await using TestServer first = await TestServer.StartAsync();

        ServerStartException error = await Assert.ThrowsAsync<ServerStartException>(
            () => TestServer.StartAsync(options => options with { Port = first.Server.Address.Port }));

        Assert.Equal($"Cannot listen on 127.0.0.1 port {first.Server.Address.Port}: it is in use.", error.Message);
    }

    [Fact]
    public async Task Health_shows_what_every_member_is_doing()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Nano.Load = new(1, 2);

        (_, string body) = await GetAsync(server, "/health");

        Assert.StartsWith(
            """{"status":"ok","state":"ready","members":[{"name":"nano","state":"ready","file":"unchanged","waiting":1,"running":2}""",
            body,
            StringComparison.Ordinal);
    }
}
