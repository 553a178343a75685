using System.Diagnostics;

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
        Assert.SkipUnless(await RunAsync("node", "--version") is (0, _), "node is not installed");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "openai")))
            Assert.SkipUnless(await RunAsync("npm", "ci", "--no-audit", "--no-fund") is (0, _), "npm cannot install the openai package");
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--api-key", "right");

        (int exitCode, string output) = await RunAsync("node", "check.mjs", new Uri(server.Client.BaseAddress!, "/v1").ToString(), "right");

        Assert.True(exitCode == 0, output);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            ProcessStartInfo start = new(program, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
