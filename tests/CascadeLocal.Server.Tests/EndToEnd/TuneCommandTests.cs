using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>cascade tune, and servers that are started behind it, as the built program.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class TuneCommandTests : IDisposable
{
    private const string Mark = "nano is served as it was tuned at ";

    private static readonly string Nano = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");

    private readonly TemporaryFolder _folder = new();

    private (string Name, string Value)[] Variables => [("XDG_CACHE_HOME", _folder.File("cache")), ("CASCADE_TUNE", "")];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_server_uses_what_was_tuned_and_says_so_unless_it_is_told_not_to()
    {
        CascadeProcess.RequireProgramAndTier();
        JsonElement tuned = await TuneAsync();
        Assert.StartsWith(_folder.File("cache"), tuned.GetProperty("file").GetString(), StringComparison.Ordinal);

        await using (CascadeProcess server = await CascadeProcess.ServeAsync(Variables, "--model", Nano, "--prefill-budget", "16"))
        {
            Assert.Contains(server.Log, line => line.Contains(Mark, StringComparison.Ordinal));
            JsonElement model = await server.GetAsync("/v1/models/nano");
            Assert.Equal(tuned.GetProperty("tuned_at").GetDateTimeOffset(), model.GetProperty("tuning").GetProperty("tuned_at").GetDateTimeOffset());
            Assert.Equal(tuned.GetProperty("settings").TryGetProperty("flash_attention", out _) ? "off" : "auto", model.GetProperty("flash_attention").GetString());
            Assert.Equal(16, model.GetProperty("prefill_budget").GetInt32());
            Assert.False(model.GetProperty("tuning").TryGetProperty("prefill_budget", out _));
            await server.ServesAsync();
        }

        await using CascadeProcess untuned = await CascadeProcess.ServeAsync(Variables, "--model", Nano, "--no-tune");
        Assert.DoesNotContain(untuned.Log, line => line.Contains(Mark, StringComparison.Ordinal));
        Assert.False((await untuned.GetAsync("/v1/models/nano")).TryGetProperty("tuning", out _));
    }

    [Fact]
    public async Task A_damaged_tuning_is_ignored_with_a_warning()
    {
        CascadeProcess.RequireProgramAndTier();
        string file = (await TuneAsync()).GetProperty("file").GetString()!;
        await File.WriteAllTextAsync(file, "{\"format\": 1, ", TestContext.Current.CancellationToken);

        await using CascadeProcess server = await CascadeProcess.ServeAsync(Variables, "--model", Nano);

        Assert.Contains(server.Log, line => line.Contains($"The tuning {file} is ignored: ", StringComparison.Ordinal));
        await server.ServesAsync();
    }

    [Fact]
    public async Task A_member_that_is_chosen_by_name_is_tuned_alone()
    {
        CascadeProcess.RequireProgramAndTier();
        string[] pool = ["tune", "--seconds", "1", "--json", "--model", Nano, "--model", Path.Combine(RepositoryPaths.DefaultTier, "small.gguf"), "--member"];

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(Variables, [.. pool, "nano"]);
        (int unknown, _, string reason) = await CascadeProcess.RunAsync(Variables, [.. pool, "nobody"]);

        Assert.True(exitCode == 0, errors);
        Assert.Equal("nano", Assert.Single(JsonElement.Parse(output).GetProperty("models").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal((2, "'nobody' is no member of the pool (nano, small)."), (unknown, reason.Trim()));
    }

    [Fact]
    public async Task A_model_that_cannot_be_tuned_is_named_and_leaves_the_others()
    {
        CascadeProcess.RequireProgramAndTier();
        await File.WriteAllTextAsync(_folder.File("none.gguf"), "none", TestContext.Current.CancellationToken);

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(
            Variables, "tune", "--model", _folder.File("none.gguf"), "--model", Nano, "--seconds", "1");

        Assert.Equal(1, exitCode);
        Assert.Contains("none is not tuned: ", errors, StringComparison.Ordinal);
        Assert.Contains("prefill_budget", output, StringComparison.Ordinal);
        Assert.Contains("nano", output, StringComparison.Ordinal);
    }

    private async Task<JsonElement> TuneAsync()
    {
        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(Variables, "tune", "--model", Nano, "--seconds", "1", "--json");
        Assert.True(exitCode == 0, errors);
        JsonElement model = Assert.Single(JsonElement.Parse(output).GetProperty("models").EnumerateArray());
        Assert.Equal("nano", model.GetProperty("name").GetString());
        return model;
    }
}
