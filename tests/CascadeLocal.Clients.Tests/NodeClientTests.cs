using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Clients.Tests;

/// <summary>Clients for Node, unmodified; tests/clients/node has a script for each of them.</summary>
[Collection(ClientsCollection.Name)]
public sealed class NodeClientTests(ClientServer server)
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "clients", "node");

    [Theory]
    [InlineData("openai")]
    [InlineData("ai-sdk")]
    [InlineData("anthropic")]
    [InlineData("langchain")]
    public async Task It_holds_the_conversation_of_its_script(string client)
    {
        string address = server.Address.ToString();
        Assert.SkipUnless(await ScriptRunner.RunAsync(Folder, "node", "--version") is (0, _), "node is not installed");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            Assert.SkipUnless(await ScriptRunner.RunAsync(Folder, "npm", "ci", "--no-audit", "--no-fund") is (0, _), "npm cannot install the clients");

        (int exitCode, string output) = await ScriptRunner.RunAsync(Folder, "node", $"{client}.mjs", address, ClientServer.Key, ClientServer.Model);

        Assert.True(exitCode == 0, $"exit code {exitCode}: {output}");
    }
}
