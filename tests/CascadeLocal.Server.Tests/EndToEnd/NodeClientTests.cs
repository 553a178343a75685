using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>OpenAI's own client for Node, unmodified; its script is tests/clients/openai-node.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class NodeClientTests
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "clients", "openai-node");

    [Fact]
    public async Task It_talks_to_the_server_whole_streamed_and_refused()
    {
        CascadeProcess.RequireProgramAndTier();
        Assert.SkipUnless(await ScriptRunner.RunAsync(Folder, "node", "--version") is (0, _), "node is not installed");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            Assert.SkipUnless(await ScriptRunner.RunAsync(Folder, "npm", "ci", "--no-audit", "--no-fund") is (0, _), "npm cannot install the openai package");
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--api-key", "right");

        (int exitCode, string output) = await ScriptRunner.RunAsync(Folder, "node", "check.mjs", new Uri(server.Client.BaseAddress!, "/v1").ToString(), "right");

        Assert.True(exitCode == 0, output);
    }
}
