using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>cascade key, as the built program.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class KeyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("keys.json");

    public void Dispose() => _folder.Dispose();

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CascadeProcess.RunAsync(["key", .. arguments, "--file", File]);

    private async Task<JsonElement> RunJsonAsync(params string[] arguments)
    {
        (int exitCode, string output, string errors) = await RunAsync([.. arguments, "--json"]);
        Assert.Equal((0, ""), (exitCode, errors));
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    [Fact]
    public async Task A_new_key_is_printed_once_and_only_its_hash_is_kept()
    {
        (int exitCode, string key, string errors) = await RunAsync("new", "alice", "--requests-per-minute", "60", "--models", "cascade, base", "--expires", "2027-01-31");

        Assert.Equal(0, exitCode);
        Assert.Matches("^sk-cascade-[A-Za-z0-9_-]{43}$", key);
        Assert.Contains("Added 'alice'", errors, StringComparison.Ordinal);
        string text = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(key, text, StringComparison.Ordinal);
        KeyEntry entry = Assert.Single(KeyFile.Read(File));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))), entry.Hash);
        Assert.Equal(("alice", 60, new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero)), (entry.Name, entry.RequestsPerMinute, entry.Expires));
        Assert.Equal(["cascade", "base"], entry.Models!);
    }

    [Fact]
    public async Task Programs_get_one_JSON_object()
    {
        JsonElement made = await RunJsonAsync("new", "root", "--admin", "--concurrency", "2", "--priority", "background", "--no-pin", "--tokens-per-minute", "9");
        JsonElement listed = await RunJsonAsync("list");
        JsonElement removed = await RunJsonAsync("remove", "root");

        Assert.Equal(("root", File), (made.GetProperty("name").GetString(), made.GetProperty("file").GetString()));
        Assert.StartsWith("sk-cascade-", made.GetProperty("key").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            """{"name":"root","requests_per_minute":null,"tokens_per_minute":9,"concurrency":2,"priority":"background","models":null,"may_pin":false,"admin":true,"expires":null}""",
            Assert.Single(listed.GetProperty("keys").EnumerateArray()).GetRawText());
        Assert.Equal("root", removed.GetProperty("name").GetString());
        Assert.Empty(KeyFile.Read(File));
    }

    [Fact]
    public async Task People_get_a_table()
    {
        await RunAsync("new", "alice", "--requests-per-minute", "1000");

        (_, string output, _) = await RunAsync("list");

        Assert.Contains("alice", output, StringComparison.Ordinal);
        Assert.Contains("1,000", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "'NAME' must have 1 to 64 letters", "new", "a b")]
    [InlineData(2, "'--concurrency' must be an integer from 1 to 100000, not 0.", "new", "bob", "--concurrency", "0")]
    [InlineData(2, "'--priority' must be normal or background.", "new", "bob", "--priority", "high")]
    [InlineData(2, "models must have 'cascade'", "new", "bob", "--no-pin", "--models", "base")]
    [InlineData(1, "There is a key 'alice'", "new", "alice")]
    [InlineData(1, "There is no key 'bob'", "remove", "bob")]
    public async Task What_cannot_be_done_is_said_and_leaves_the_file_as_it_was(int code, string reason, params string[] arguments)
    {
        await RunAsync("new", "alice");
        string before = await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken);

        (int exitCode, string output, string errors) = await RunAsync(arguments);

        Assert.Equal((code, ""), (exitCode, output));
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_key_that_was_made_opens_a_running_server_until_it_is_removed()
    {
        await RunAsync("new", "alice");
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--keys-file", File);
        string key = (await RunJsonAsync("new", "bob")).GetProperty("key").GetString()!;
        Assert.Equal(HttpStatusCode.Unauthorized, await server.GetStatusAsync("/v1/models"));
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);

        await Wait.ForAsync(() => server.GetStatusAsync("/v1/models"), status => status == HttpStatusCode.OK);
        await RunAsync("remove", "bob");
        await Wait.ForAsync(() => server.GetStatusAsync("/v1/models"), status => status == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_list_without_a_file_says_how_to_make_one()
    {
        (int exitCode, _, string errors) = await RunAsync("list");

        Assert.Equal(2, exitCode);
        Assert.Contains("does not exist; 'cascade key new' makes one.", errors, StringComparison.Ordinal);
    }
}
