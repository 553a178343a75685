using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Build;

/// <summary>No test can hang: the tests of CascadeLocal.HangingTests do, each in a program of its own.</summary>
public sealed class HangTests(HangTests.Runs runs) : IClassFixture<HangTests.Runs>
{
    private const string Prefix = "CascadeLocal.HangingTests.";

    [Theory]
    [InlineData("Hangs.An_asynchronous_one")]
    [InlineData("Hangs.An_asynchronous_one_that_never_awaits")]
    public async Task An_asynchronous_test_over_its_limit_fails_by_name_and_its_children_end(string test)
    {
        Run run = await runs.Of(test);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{Prefix}{test} (", run.Output, StringComparison.Ordinal);
        Assert.Contains("timed out", run.Output, StringComparison.Ordinal);
        AssertChildEnded(run);
    }

    [Fact]
    public async Task A_synchronous_test_over_its_limit_ends_the_program_with_its_name_and_its_children_end()
    {
        Run run = await runs.Of("Hangs.A_synchronous_one");

        Assert.Equal(HangWatch.ExitCode, run.ExitCode);
        Assert.Contains($"{HangWatch.Mark}{Prefix}Hangs.A_synchronous_one ", run.Errors, StringComparison.Ordinal);
        AssertChildEnded(run);
    }

    [Fact]
    public async Task A_fixture_that_hangs_ends_the_program()
    {
        Run run = await runs.Of("HangsInItsFixture.A_test_whose_fixture_hangs");

        Assert.Equal(HangWatch.ExitCode, run.ExitCode);
        Assert.Contains($"{HangWatch.Mark}the search for tests or the first fixture ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_ends_passes()
    {
        Run run = await runs.Of("Hangs.One_that_ends");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
    }

    private static void AssertChildEnded(Run run)
    {
        string id = run.Output.Split("child ")[1].Split('\n')[0];
        string status = $"/proc/{int.Parse(id, CultureInfo.InvariantCulture)}/status";
        // Its parent may have died before it could take note of the end.
        Assert.True(!File.Exists(status) || File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal), $"{id} still runs");
    }

    public sealed record Run(int ExitCode, string Output, string Errors);

    /// <summary>All of them at once: they mostly wait.</summary>
    public sealed class Runs : IAsyncLifetime
    {
        private static readonly string[] Tests =
        [
            "Hangs.An_asynchronous_one", "Hangs.An_asynchronous_one_that_never_awaits", "Hangs.A_synchronous_one",
            "HangsInItsFixture.A_test_whose_fixture_hangs", "Hangs.One_that_ends",
        ];

        private readonly Dictionary<string, Task<Run>> _runs = [];

        public ValueTask InitializeAsync()
        {
            foreach (string test in Tests)
                _runs[test] = RunAsync(test);
            return ValueTask.CompletedTask;
        }

        public Task<Run> Of(string test) => _runs[test];

        public async ValueTask DisposeAsync() => await Task.WhenAll(_runs.Values);

        private static async Task<Run> RunAsync(string test)
        {
            // Built beside these tests, so with the same configuration.
            string output = Path.GetRelativePath(
                Path.Combine(RepositoryPaths.Root, "tests", "CascadeLocal.Engine.Tests"), AppContext.BaseDirectory);
            string program = Path.Combine(RepositoryPaths.Root, "tests", "CascadeLocal.HangingTests", output, "CascadeLocal.HangingTests.dll");
            ProcessStartInfo start = new("dotnet", [program, "--filter-method", $"*.{test}", "--progress", "off", "--ansi", "off"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = ChildProcesses.Start(start);
            Task<string> text = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return new(process.ExitCode, await text, await errors);
        }
    }
}
