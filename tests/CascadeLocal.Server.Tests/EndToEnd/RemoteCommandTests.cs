using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Members elsewhere on the command line and in cascade.json.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RemoteCommandTests : IDisposable
{
    private const int Deadline = 480_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-remote-commands-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = Deadline)]
    public async Task Models_shows_it_and_run_asks_it()
    {
        await using CascadeProcess far = await TwoProcesses.ServeBaseAsync();
        string url = new Uri(far.Client.BaseAddress!, "/v1").ToString(), member = $"far={url},base";

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(
            "models", "--json", "--model", TwoProcesses.File("nano"), "--member", member);
        Assert.True(exitCode == 0, errors);
        JsonElement shown = JsonElement.Parse(output).GetProperty("models").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "far");
        Assert.Equal(
            (url, "ready", "base", "top_candidates"),
            (Text(shown, "endpoint"), Text(shown, "state"), Text(shown, "model"), Text(shown, "signals")));
        Assert.True(shown.GetProperty("context_length").GetInt32() > 0);

        (exitCode, output, _) = await CascadeProcess.RunAsync("models", "--model", TwoProcesses.File("nano"), "--member", member);
        Assert.Equal(0, exitCode);
        string row = output.Split('\n').Single(line => line.Contains(url, StringComparison.Ordinal));
        Assert.Contains(" top_candidates ", row, StringComparison.Ordinal);
        Assert.Contains(" ready ", row, StringComparison.Ordinal);

        (exitCode, output, errors) = await CascadeProcess.RunAsync(
            "run", "What is 40 + 2?", "--model", TwoProcesses.File("nano"));
        Assert.Equal((0, true), (exitCode, errors.StartsWith("[nano: ", StringComparison.Ordinal)));
        (exitCode, output, errors) = await CascadeProcess.RunAsync("run", "What is 40 + 2?", "--member", member, "--model", "far");
        Assert.Equal((0, true), (exitCode, errors.StartsWith("[far: ", StringComparison.Ordinal)));
        Assert.Contains("42", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Deadline)]
    public async Task A_pool_in_cascade_json_reaches_it_with_the_key_of_a_file()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "key"), "right\n", TestContext.Current.CancellationToken);
        await using CascadeProcess far = await CascadeProcess.ServeAsync("--model", TwoProcesses.File("small"), "--api-key", "right", "--policy", TwoProcesses.Nowhere);
        string url = new Uri(far.Client.BaseAddress!, "/v1").ToString(), config = Path.Combine(_folder.FullName, "cascade.json");
        await File.WriteAllTextAsync(
            config,
            $$"""{"pool":[{"name":"far","url":"{{url}}","model":"small","api_key_file":"key","ctx":300,"parallel":3}]}""",
            TestContext.Current.CancellationToken);

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync("models", "--json", "--config", config);

        Assert.True(exitCode == 0, errors + output);
        JsonElement shown = JsonElement.Parse(output).GetProperty("models")[0];
        Assert.Equal((300, 3, "ready"), (shown.GetProperty("context_length").GetInt32(), shown.GetProperty("parallel").GetInt32(), Text(shown, "state")));

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "key"), "wrong\n", TestContext.Current.CancellationToken);
        (exitCode, output, _) = await CascadeProcess.RunAsync("models", "--json", "--config", config);
        Assert.Equal(1, exitCode);
        Assert.Contains("does not accept its key", Text(JsonElement.Parse(output).GetProperty("models")[0], "reason"), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", output, StringComparison.Ordinal);
    }

    [Theory(Timeout = Deadline)]
    [InlineData("strong")]
    [InlineData("strong=")]
    [InlineData("=http://127.0.0.1/v1")]
    [InlineData("strong=127.0.0.1")]
    [InlineData("strong=ftp://127.0.0.1/v1")]
    [InlineData("strong=http://user:secret@127.0.0.1/v1")]
    [InlineData("cascade=http://127.0.0.1/v1")]
    public async Task A_member_that_cannot_be_is_exit_code_2_with_a_reason(string member)
    {
        foreach (string command in (string[])["serve", "models"])
        {
            (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(command, "--model", "not-looked-at.gguf", "--member", member);

            Assert.Equal((2, ""), (exitCode, output));
            Assert.NotEmpty(errors);
            Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }

    private static string Text(JsonElement shown, string property) => shown.GetProperty(property).GetString()!;
}
