using System.Net;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

/// <summary>The file of keys is read again while requests run.</summary>
public sealed class KeyReloadTests
{
    private static async Task<HttpStatusCode> StatusAsync(KeyedServer keyed, string name)
    {
        using HttpResponseMessage response = await keyed.AskAsync(name);
        return response.StatusCode;
    }

    [Fact]
    public async Task A_key_works_from_when_it_is_in_the_file_until_it_is_not()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync(keyed, "alice"), await StatusAsync(keyed, "bob")));

        keyed.Write(KeyedServer.Entry("bob"));
        keyed.Reload();

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await StatusAsync(keyed, "alice"), await StatusAsync(keyed, "bob")));
    }

    [Fact]
    public async Task The_file_is_watched()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));
        keyed.Write(KeyedServer.Entry("alice"), KeyedServer.Entry("bob"));

        await Wait.ForAsync(
            () =>
            {
                keyed.Clock.Advance(TimeSpan.FromSeconds(1));
                return StatusAsync(keyed, "bob");
            },
            status => status == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("""{"keys":[""")]
    [InlineData("")]
    [InlineData("""{"keys":[{"name":"alice"}]}""")]
    public async Task A_broken_file_keeps_the_old_keys_and_is_reported_once(string text)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));

        keyed.WriteText(text);
        keyed.Reload();
        keyed.Reload();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));
        Assert.StartsWith($"The keys stay as they were: The keys file {keyed.File}", Assert.Single(keyed.Log.Errors).Message, StringComparison.Ordinal);
        keyed.Write(KeyedServer.Entry("bob"));
        keyed.Reload();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "bob"));
    }

    [Fact]
    public async Task A_file_that_is_gone_keeps_the_old_keys_and_is_reported_once()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));

        File.Delete(keyed.File);
        keyed.Reload();
        keyed.Reload();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));
        Assert.Contains("does not exist", Assert.Single(keyed.Log.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_not_read()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));

        keyed.WriteText("""{"keys":[""");
        keyed.Server.Server.Keys.CheckFile();
        keyed.Write(KeyedServer.Entry("alice"), KeyedServer.Entry("bob"));
        keyed.Reload();

        Assert.Empty(keyed.Log.Errors);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "bob"));
    }

    [Fact]
    public async Task A_server_does_not_start_with_a_file_that_cannot_be_used()
    {
        using TemporaryFolder folder = new();

        ConfigurationException error = await Assert.ThrowsAsync<ConfigurationException>(
            () => TestServer.StartAsync(options => options with { KeysFile = folder.File("keys.json") }));

        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_keys_lets_nobody_in()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync();

        using HttpResponseMessage response = await keyed.Server.PostAsync(TestServer.Hello);

        Assert.Equal("invalid_api_key", (await ErrorAnswer.ReadAsync(response)).Code);
    }

    [Fact]
    public async Task New_limits_hold_at_once_and_do_not_forget_what_was_used()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"requests_per_minute\":2"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));

        keyed.Write(KeyedServer.Entry("alice", "\"requests_per_minute\":60"));
        keyed.Reload();

        Assert.Equal((HttpStatusCode)429, await StatusAsync(keyed, "alice"));
        keyed.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));
    }

    [Fact]
    public async Task Keys_of_the_configuration_and_of_the_file_work_side_by_side()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(
            options => options with { ApiKeys = ["old-key"] }, KeyedServer.Entry("alice", "\"requests_per_minute\":1"));

        using HttpResponseMessage old = await keyed.Server.PostAsync(TestServer.Hello, "old-key");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (old.StatusCode, await StatusAsync(keyed, "alice")));
        Assert.DoesNotContain(old.Headers, header => header.Key.StartsWith("x-ratelimit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_is_in_both_is_refused_since_it_would_have_no_limits()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(
            options => options with { ApiKeys = [KeyedServer.KeyOf("alice")] }, KeyedServer.Entry("bob"));

        keyed.Write(KeyedServer.Entry("alice", "\"requests_per_minute\":1"));
        keyed.Reload();

        Assert.Contains("the key 'alice' is in api_keys too", Assert.Single(keyed.Log.Errors).Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "bob"));
    }

    [Fact]
    public async Task A_key_that_is_taken_away_ends_its_readers_of_the_dashboard()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"), KeyedServer.Entry("bob"));
        using EventStreamReader alice = await ReadDashboardAsync(keyed, "alice"), bob = await ReadDashboardAsync(keyed, "bob");

        keyed.Write(KeyedServer.Entry("bob"));
        keyed.Reload();

        await alice.RestAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await bob.NextAsync();
        Assert.NotNull(await bob.NextAsync());
    }

    private static async Task<EventStreamReader> ReadDashboardAsync(KeyedServer keyed, string name)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/dashboard/events") { Headers = { Authorization = new("Bearer", KeyedServer.KeyOf(name)) } };
        return await EventStreamReader.OpenAsync(
            await keyed.Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_key_opens_nothing_once_it_has_expired()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"expires\":\"2026-01-01T12:01:00Z\""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(keyed, "alice"));

        keyed.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("invalid_api_key", (await keyed.AskForErrorAsync("alice")).Code);
    }
}
