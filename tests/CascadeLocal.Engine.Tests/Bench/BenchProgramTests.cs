using System.Diagnostics;

using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Bench;

/// <summary>The built bench program, run as a child on a little model with random weights.</summary>
public sealed class BenchProgramTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _model;

    public BenchProgramTests()
    {
        _model = Path.Combine(_folder.Path, "tiny.gguf");
        TestGguf.Write(_model);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_benchmark_still_runs()
    {
        string[] benchmarks = Run("--model", _model, "--list", "flat").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(benchmarks, name => name.EndsWith("GenerationBenchmarks.Generate", StringComparison.Ordinal));

        (int exitCode, string output) = Run("--model", _model, "--threads", "1", "--filter", "*", "--job", "dry");

        Assert.True(exitCode == 0, output);
        foreach (string benchmark in benchmarks)
            Assert.Contains($"// Benchmark: {ShortName(benchmark)}:", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_model_the_benchmarks_that_need_none_are_left()
    {
        (int exitCode, string output) = Run("--model", Path.Combine(_folder.Path, "absent.gguf"), "--list", "flat");

        Assert.Equal(0, exitCode);
        Assert.Contains("LogitsBenchmarks.Greedy", output, StringComparison.Ordinal);
        Assert.DoesNotContain("GenerationBenchmarks", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_soak_of_seconds_passes()
    {
        (int exitCode, string output) = Run(
            "soak", "--model", _model, "--streams", "4", "--warm-up", "1", "--seconds", "1", "--threads", "1", "--limit-mb", "1000");

        Assert.True(exitCode == 0, output);
        Assert.Contains("passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Recurring_prompts_are_restored_from_the_prefix_cache()
    {
        (int exitCode, string output) = Run(
            "prefix-cache", "--model", _model, "--streams", "2", "--prompt", "40", "--tokens", "4", "--rounds", "1", "--memory", "64");

        Assert.True(exitCode == 0, output);
        Assert.Contains("2 streams, 6 prompts of 40 tokens", output, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was restored", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_beside_streams_is_measured()
    {
        (int exitCode, string output) = Run(
            "prompt-beside", "--model", _model, "--streams", "2", "--prompt", "60", "--steps", "10", "--rounds", "1", "--slowdown", "2", "4");

        Assert.True(exitCode == 0, output);
        Assert.Contains("2 streams, a prompt of 60 tokens", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_members_at_once_are_measured()
    {
        (int exitCode, string output) = Run("two-members", "--model", _model, "--other", _model, "--tokens", "30", "--rounds", "1");

        Assert.True(exitCode == 0, output);
        Assert.Contains("times that alone (median of 1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Drafting_ahead_is_measured()
    {
        (int exitCode, string output) = Run("draft-ahead", "--model", _model, "--drafter", "lookup", "--streams", "1", "2", "--rounds", "1");

        Assert.True(exitCode == 0, output);
        Assert.Contains("2 streams, 16 questions", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"at_most": {"turn 10 after eviction over whole": 1e9}, "at_least": {"tokens/s of 2 with stored prefixes over without": 0}}""", 0, "1000000000.000  turn 10")]
    [InlineData("""{"at_most": {"turn 10 after eviction over whole": 0}}""", 1, "at most 0.000 is wanted")]
    [InlineData("""{"at_least": {"tokens/s of 2 with stored prefixes over without": 1e9}}""", 1, "at least 1000000000.000 is wanted")]
    [InlineData("""{"at_most": {"tokens/s of 3 with stored prefixes over without": 1}}""", 1, "tokens/s of 3 with stored prefixes over without was not measured")]
    public void A_figure_beyond_its_threshold_fails_the_check(string limits, int expected, string said)
    {
        string thresholds = _folder.Write("thresholds.json", System.Text.Encoding.UTF8.GetBytes(
            $$"""[{"run": ["prefix-cache", "--model", "{{_model}}", "--streams", "2", "--prompt", "40", "--tokens", "4", "--rounds", "1"], {{limits[1..^1]}}}]"""));

        (int exitCode, string output) = Run("check", "--thresholds", thresholds);

        Assert.True(exitCode == expected, output);
        Assert.Contains(said, output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_soak_fails_when_memory_is_above_its_limit()
    {
        // Memory can only be below this limit by shrinking more than the process has.
        (int exitCode, string output) = Run(
            "soak", "--model", _model, "--streams", "2", "--warm-up", "1", "--seconds", "1", "--threads", "1", "--limit-mb", "-1000000");

        Assert.Equal(1, exitCode);
        Assert.Contains("FAILED", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000", 0, "passed")]
    [InlineData("-1", 1, "FAILED")]
    public void A_soak_of_a_server_fails_when_memory_is_beyond_its_limit(string limit, int expected, string said)
    {
        (int exitCode, string output) = Run(
            "soak-server", "--model", _model, "--streams", "2", "--warm-up", "1", "--seconds", "1", "--limit-percent", limit);

        Assert.True(exitCode == expected, output);
        Assert.Contains("errors       0", output, StringComparison.Ordinal);
        Assert.Contains(said, output, StringComparison.Ordinal);
    }

    /// <summary>The last two parts of a benchmark's name, as BenchmarkDotNet announces it.</summary>
    private static string ShortName(string benchmark) => string.Join('.', benchmark.Split('.')[^2..]);

    private (int ExitCode, string Output) Run(params string[] arguments)
    {
        // Built beside these tests, so with the same configuration.
        string output = Path.GetRelativePath(
            Path.Combine(RepositoryPaths.Root, "tests", "CascadeLocal.Engine.Tests"), AppContext.BaseDirectory);
        string program = Path.Combine(RepositoryPaths.Root, "bench", "CascadeLocal.Bench", output, "CascadeLocal.Bench.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        };
        using Process process = ChildProcesses.Start(start);
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text);
    }
}
