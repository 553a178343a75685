using System.Net.Http.Json;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>What a server has evaluated is there after a restart.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class PrefixFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cascade-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_long_system_prompt_survives_a_restart_for_its_own_key()
    {
        CascadeProcess.RequireProgramAndTier();

        (int first, string answer) = await AskAsync("key-one");
        (int again, string sameAnswer) = await AskAsync("key-one");
        (int other, _) = await AskAsync("key-two");

        Assert.InRange(first, 0, 20);
        Assert.True(again > 300, $"{again} tokens were cached");
        Assert.InRange(other, 0, 20);
        Assert.Equal(answer, sameAnswer);
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_does_not_start()
    {
        CascadeProcess.RequireProgramAndTier();
        await using CascadeProcess server = await StartAsync();

        (int exitCode, _, string errors) = await CascadeProcess.RunAsync("serve", "--port", "0", "--prefix-cache-dir", _folder);

        Assert.Equal(2, exitCode);
        Assert.Contains($"prefix_cache_dir: The folder for prefixes {_folder} cannot be used, or another process has it", errors, StringComparison.Ordinal);
    }

    private Task<CascadeProcess> StartAsync() =>
        CascadeProcess.ServeAsync([("CASCADE_PREFIX_CACHE_DIR", _folder), ("CASCADE_API_KEY", "key-one,key-two")]);

    private async Task<(int Cached, string Answer)> AskAsync(string key)
    {
        await using CascadeProcess server = await StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri("/v1/chat/completions", UriKind.Relative))
        {
            Headers = { { "Authorization", $"Bearer {key}" } },
            Content = JsonContent.Create(new
            {
                model = "small",
                messages = new[]
                {
                    new { role = "system", content = string.Concat(Enumerable.Range(1, 60).Select(i => $"Rule {i}: be brief. ")) },
                    new { role = "user", content = "What is 40 + 2?" },
                },
            }),
        };
        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        using JsonDocument completion = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        // A process that is killed writes nothing.
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
        return (
            completion.RootElement.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(),
            completion.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }
}
