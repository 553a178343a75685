using System.Net;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>cascade.json is changed and read again.</summary>
public sealed class PoolReloadEndpointTests : IDisposable
{
    private static readonly Uri Route = new("/admin/pool/reload", UriKind.Relative);

    private readonly TemporaryFolder _folder = new();

    private string Config => _folder.File("cascade.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private Task<TestServer> StartAsync() => TestServer.StartAsync(_ => ConfigurationLoader.Load(Config, new Settings { Port = 0 }) with { AdminKey = null, AdminLoopback = true });

    private static async Task<JsonElement> ReloadAsync(TestServer server)
    {
        using HttpResponseMessage response = await server.Client.PostAsync(Route, null, Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return body.RootElement.Clone();
    }

    private static string[] Names(JsonElement change, string property) =>
        [.. change.GetProperty(property).EnumerateArray().Select(name => name.GetString()!)];

    [Fact]
    public async Task A_member_without_a_name_is_not_there()
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"}]}""");
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await server.Client.DeleteAsync(new Uri("/admin/pool/", UriKind.Relative), Cancellation);

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), await ErrorAnswer.ReadAsync(response) is var error ? (error.Status, error.Code) : default);
    }

    [Fact]
    public async Task A_member_and_its_successor_are_one_to_clients_and_in_metrics()
    {
        ScriptedMember first = new() { Load = new(1, 0) }, second = new() { Load = new(2, 0) };
        Queue<IMember> loads = new([first, second]);
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano")] }, _ => Task.FromResult(loads.Dequeue()));
        using MemberLease running = server.Pool.Find("nano")!.Lease();

        server.Pool.Reload([new() { Name = "nano", Model = new() { Path = "nano", ContextLength = 50 } }]);
        await server.Pool.Reloaded;
        using JsonDocument models = JsonDocument.Parse(await server.Client.GetStringAsync(new Uri("/v1/models", UriKind.Relative), Cancellation));
        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);

        Assert.Equal(2, server.Pool.Members.Count);
        Assert.Equal(["cascade", "nano"], models.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.Equal("ready", models.RootElement.GetProperty("data")[1].GetProperty("state").GetString());
        Assert.Contains("cascade_queue_length{model=\"nano\"} 3\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pool_becomes_what_the_file_says_and_no_request_fails_meanwhile()
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"},{"name":"b","path":"b.gguf"}]}""");
        await using TestServer server = await StartAsync();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<int>[] clients = [.. Enumerable.Range(0, 4).Select(_ => AskOnAsync(server, stop.Token))];

        File.WriteAllText(Config, """{"pool":[{"name":"b","path":"b.gguf"},{"name":"c","path":"c.gguf"}]}""");
        JsonElement change = await ReloadAsync(server);
        await Wait.UntilAsync(() => server.Pool.Find("a") is null);
        await stop.CancelAsync();

        Assert.Equal(["c"], Names(change, "added"));
        Assert.Equal(["a"], Names(change, "removed"));
        Assert.Equal(["b"], Names(change, "unchanged"));
        Assert.Empty(Names(change, "replaced"));
        Assert.All(await Task.WhenAll(clients), answered => Assert.True(answered > 0));
    }

    [Theory]
    [InlineData("""{"pool":[{"name":"a","path":"a.gguf"},""")]
    [InlineData("""{"pool":[{"name":"a"}]}""")]
    [InlineData("""{"pool":[{"name":"a","path":"x"},{"name":"a","path":"y"}]}""")]
    [InlineData("""{"poool":[]}""")]
    [InlineData("""{"pool":[{"name":"a","path":"a\u0000b"}]}""")]
    public async Task A_file_that_cannot_be_used_is_refused_with_the_reason_and_the_pool_stays(string json)
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"},{"name":"b","path":"b.gguf"}]}""");
        await using TestServer server = await StartAsync();
        File.WriteAllText(Config, json);

        using HttpResponseMessage response = await server.Client.PostAsync(Route, null, Cancellation);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.BadRequest, "configuration_refused"), (error.Status, error.Code));
        Assert.NotEmpty(error.Message);
        Assert.Equal(["a", "b"], server.Pool.Members.Select(m => m.Name));
        using HttpResponseMessage answer = await server.PostAsync(TestServer.Hello);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_refused_and_a_signal_changes_nothing_either()
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"}]}""");
        await using TestServer server = await StartAsync();
        File.Delete(Config);

        server.Server.ReloadPool();
        using HttpResponseMessage response = await server.Client.PostAsync(Route, null, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(["a"], server.Pool.Members.Select(m => m.Name));
    }

    [Fact]
    public async Task A_signal_whose_reload_fails_as_nobody_foresaw_leaves_the_server_as_it_was()
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"}]}""");
        await using TestServer server = await TestServer.StartAsync(_ => ConfigurationLoader.Load(Config, new Settings { Port = 0 }) with
        {
            ReadMembers = () => throw new UnauthorizedAccessException("Access to the path is denied."),
        });

        server.Server.ReloadPool();

        Assert.Equal(["a"], server.Pool.Members.Select(m => m.Name));
        using HttpResponseMessage answer = await server.PostAsync(TestServer.Hello);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_signal_reloads_too()
    {
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"}]}""");
        await using TestServer server = await StartAsync();
        File.WriteAllText(Config, """{"pool":[{"name":"a","path":"a.gguf"},{"name":"b","path":"b.gguf"}]}""");

        server.Server.ReloadPool();

        Assert.NotNull(server.Pool.Find("b"));
    }

    // Asks until it is stopped; every answer must be one.
    private static async Task<int> AskOnAsync(TestServer server, CancellationToken stop)
    {
        int answered = 0;
        do
        {
            using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            answered++;
        }
        while (!stop.IsCancellationRequested);
        return answered;
    }
}
