using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The dashboard in a real browser; the script is tests/dashboard/check.mjs.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class DashboardPageTests
{
    private const int Skipped = 77;

    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "tests", "dashboard");

    [Fact]
    public async Task It_shows_requests_and_cascades_in_Chromium()
    {
        CascadeProcess.RequireProgramAndTier();
        Assert.SkipUnless((await ScriptRunner.RunAsync(Folder, "node", "--version")).ExitCode == 0, "node is not installed");
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "playwright-core")))
            Assert.SkipUnless((await ScriptRunner.RunAsync(Folder, "npm", "ci", "--no-audit", "--no-fund")).ExitCode == 0, "npm cannot install playwright-core");
        // The page of a server without a policy: it says how to get one.
        string nowhere = Path.Combine(Path.GetTempPath(), $"no-policy-{Guid.NewGuid():N}");
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--api-key", "right", "--policy", nowhere);

        (int exitCode, string output) = await ScriptRunner.RunAsync(
            Folder, "node", "check.mjs", server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority), "right");

        Assert.SkipWhen(exitCode == Skipped, output);
        Assert.True(exitCode == 0, output);
    }
}
