using System.Diagnostics;

using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

/// <summary>The built program, as people call it.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProgramTests() => TokenizerFile.Write(_folder.File(TokenizerFile.Name), QuickRun.Tokenizer);

    [Fact]
    public async Task Stopped_by_a_signal_it_leaves_a_checkpoint_and_exits_with_0()
    {
        using Process program = Start("train", "--member", "quick", "--steps", "1000000", "--out", _folder.Path);
        string? line;
        do
            line = await program.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line is not null && !line.StartsWith("step ", StringComparison.Ordinal));
        Assert.NotNull(line);

        using (Process kill = ChildProcesses.Start(new ProcessStartInfo("kill", ["-TERM", $"{program.Id}"])))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, program.ExitCode);
        Assert.True(CheckpointFile.Read(_folder.File("quick.safetensors")).State.Steps > 0);
        Assert.False(File.Exists(_folder.File("quick.gguf")));
    }

    [Fact]
    public async Task It_refuses_to_replace_a_member_before_it_trains()
    {
        await File.WriteAllTextAsync(_folder.File("quick.gguf"), "precious", TestContext.Current.CancellationToken);
        using Process program = Start("train", "--member", "quick", "--steps", "1", "--out", _folder.Path);
        string errors = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, program.ExitCode);
        Assert.Contains("--force", errors);
        Assert.Equal("precious", await File.ReadAllTextAsync(_folder.File("quick.gguf"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("train", "--member", "quick", "--minutes", "abc")]
    [InlineData("train", "--member", "quick", "--steps", "0")]
    [InlineData("train", "--member", "quick", "--peak-rate", "abc")]
    [InlineData("train", "--member", "quick", "--per-family", "abc")]
    [InlineData("shape", "llama", "--out", "x.gguf", "--layers", "abc")]
    public async Task A_flag_that_is_no_number_is_named_without_a_trace(params string[] arguments)
    {
        using Process program = Start(arguments);
        string errors = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, program.ExitCode);
        Assert.Contains($"{arguments[^2]} '{arguments[^1]}' must be ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "cascade-trainer"), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["CASCADE_CHECKPOINTS"] = _folder.Path;
        return ChildProcesses.Start(start);
    }
}
