using System.Globalization;

using Xunit;

namespace CascadeLocal.Engine.Tests.Build;

/// <summary>The verbs of build.sh.</summary>
public sealed class BuildScriptTests
{
    [Fact]
    public void Serve_becomes_the_program_so_that_signals_reach_it_and_passes_its_arguments_on()
    {
        using ScriptRepository repository = new();

        ScriptResult result = repository.Run("serve", "--port", "80", "--backend", "the program's own");

        string pid = result.ProcessId.ToString(CultureInfo.InvariantCulture);
        Assert.Equal($"pid {pid}: serve --port 80 --backend the program's own\n", result.Output);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("run")]
    public void The_program_runs_in_the_folder_it_is_called_from(string verb)
    {
        using ScriptRepository repository = new();
        repository.WriteProgram("src/CascadeLocal.Cli", "cascade", "cat here");
        string folder = Directory.CreateTempSubdirectory("cascade-caller-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "here"), "the caller's");

            Assert.Equal("the caller's", repository.RunIn(folder, verb).Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_second_build_does_not_start_dotnet()
    {
        using ScriptRepository repository = new();
        repository.Run("build");
        int commands = repository.DotnetCommands.Length;

        Assert.Equal(0, repository.Run("build").ExitCode);

        Assert.Equal(commands, repository.DotnetCommands.Length);
    }

    [Theory]
    [InlineData("src/Added.cs", true)]
    [InlineData("native/kernels.cpp", true)]
    [InlineData("Directory.Packages.props", true)]
    [InlineData("docs/page.md", false)]
    [InlineData("server.log", false)]
    [InlineData("src/CascadeLocal.Cli/obj/project.assets.json", false)]
    public void A_new_input_builds_again_and_nothing_else_does(string file, bool builds)
    {
        using ScriptRepository repository = new();
        repository.Run("build");
        int before = Builds(repository);
        repository.Write(file, "");

        repository.Run("build");

        Assert.Equal(builds ? before + 1 : before, Builds(repository));
    }

    [Fact]
    public void Tests_are_summed_over_all_projects_and_the_failed_ones_are_named_at_the_end()
    {
        using ScriptRepository repository = new();
        repository.WriteTestProject("A.Tests", Report(passed: 3, failed: 0, skipped: 1), exitCode: 0);
        repository.WriteTestProject("B.Tests", Report(passed: 2, failed: 1, skipped: 0), exitCode: 2);

        ScriptResult result = repository.Run("test");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("5 passed, 1 failed, 1 skipped", result.LastLine);
        Assert.EndsWith("\n\nfailed Some_test(x: \"a\") (5ms)\n  it is wrong\n5 passed, 1 failed, 1 skipped\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "3 passed, 1 failed, 0 skipped")]
    [InlineData(false, "0 passed, 1 failed, 0 skipped")]
    public void A_test_program_that_crashes_is_a_failure(bool leavesReport, string summary)
    {
        using ScriptRepository repository = new();
        repository.WriteTestProject("A.Tests", leavesReport ? Report(passed: 3, failed: 0, skipped: 0) : null, exitCode: 139);

        ScriptResult result = repository.Run("test");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(summary, result.LastLine);
        Assert.Contains("A.Tests: the test program ended with exit code 139", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_that_hung_is_named_but_not_in_the_next_run()
    {
        using ScriptRepository repository = new();
        repository.WriteTestProject("A.Tests", report: null, exitCode: 124, "[ -e ran ] || echo Some_test >$(dirname $0)/hung-test.txt; touch ran");

        Assert.Contains("failed A.Tests: Some_test hung, and the tests after it did not run\n", repository.Run("test").Output, StringComparison.Ordinal);
        Assert.Contains("A.Tests: the test program ended with exit code 124\n", repository.Run("test").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Narrow_runs_every_project_once_for_each_narrower_CPU_and_sums_up()
    {
        using ScriptRepository repository = new();
        const string Script = "echo \"$DOTNET_EnableAVX512|$DOTNET_EnableAVX2|$ATEN_CPU_CAPABILITY|$*\" >>seen";
        repository.WriteTestProject("A.Tests", Report(passed: 3, failed: 0, skipped: 0), exitCode: 0, Script);
        repository.WriteTestProject("B.Tests", report: null, exitCode: 139);

        ScriptResult result = repository.Run("test", "--narrow", "A.", "--extra");

        Assert.Equal((0, "6 passed, 0 failed, 0 skipped"), (result.ExitCode, result.LastLine));
        string[] seen = File.ReadAllLines(repository.PathOf("seen"));
        Assert.Equal(["0||avx2", "|0|default"], seen.Select(line => line[..line.LastIndexOf('|')]));
        Assert.All(seen, line => Assert.EndsWith("--extra", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_selects_projects()
    {
        using ScriptRepository repository = new();
        repository.WriteTestProject("A.Tests", Report(passed: 3, failed: 0, skipped: 0), exitCode: 0);
        repository.WriteTestProject("B.Tests", report: null, exitCode: 139);

        ScriptResult result = repository.Run("test", "A.");

        Assert.Equal((0, "3 passed, 0 failed, 0 skipped"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public void A_filter_that_selects_no_test_at_all_fails()
    {
        using ScriptRepository repository = new();
        repository.WriteTestProject("A.Tests", Report(passed: 0, failed: 0, skipped: 0), exitCode: 8);

        ScriptResult result = repository.Run("test", "--filter-class", "Misspelt");

        Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public void A_build_that_fails_is_a_failed_test_run()
    {
        using ScriptRepository repository = new();
        repository.BreakBuild();

        ScriptResult result = repository.Run("test");

        Assert.Equal((1, "0 passed, 1 failed, 0 skipped"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public void Clean_removes_all_that_a_build_left()
    {
        using ScriptRepository repository = new();
        repository.Run("build");

        repository.Run("clean");

        Assert.False(Directory.Exists(repository.PathOf("artifacts")));
        Assert.False(Directory.Exists(repository.PathOf("bin")));
        Assert.False(Directory.Exists(repository.PathOf("src/CascadeLocal.Cli/bin")));
    }

    [Fact]
    public void Without_a_verb_the_help_is_printed_and_an_unknown_one_is_wrong_usage()
    {
        using ScriptRepository repository = new();

        Assert.StartsWith("usage:", repository.Run().Output, StringComparison.Ordinal);
        Assert.Equal(2, repository.Run("sevre").ExitCode);
    }

    private static int Builds(ScriptRepository repository) =>
        repository.DotnetCommands.Count(command => command.StartsWith("build", StringComparison.Ordinal));

    private static string Report(int passed, int failed, int skipped)
    {
        string results = string.Concat(Enumerable.Repeat("failed Some_test(x: \"a\") (5ms)\n  it is wrong\n", failed));
        return $"""
            {results}skipped Other (0ms)
              no reason
            Test run summary: {(failed > 0 ? "Failed" : "Passed")}! - A.dll (net10.0|x64)
              total: {passed + failed + skipped}
              failed: {failed}
              succeeded: {passed}
              skipped: {skipped}
              duration: 5ms
            """;
    }
}
