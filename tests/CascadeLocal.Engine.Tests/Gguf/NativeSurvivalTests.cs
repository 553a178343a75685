using System.Diagnostics;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>
/// What passes our checks must not kill llama.cpp. The damaged models are evaluated by a second copy of this program,
/// so that a death is seen.
/// </summary>
public sealed class NativeSurvivalTests : IDisposable
{
    private const string FolderVariable = "CASCADE_TEST_SURVIVAL_FOLDER";
    private const string Progress = "progress.txt";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_models_that_pass_the_checks_do_not_kill_llama_cpp()
    {
        int files = WriteSurvivors(wanted: 400);
        List<string> deaths = [];
        // Every death is followed by a new process that goes on behind the file that caused it.
        while (RunChild() is string death && deaths.Count < 20)
            deaths.Add(death);
        Assert.True(deaths.Count == 0, string.Join('\n', deaths));
        Assert.Equal(files, File.ReadLines(Path.Combine(_folder.Path, Progress)).Count());
    }

    [Fact(Explicit = true)]
    public void The_child_evaluates_the_models_of_a_folder()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)
            ?? throw new InvalidOperationException($"{FolderVariable} names no folder.");
        string progress = Path.Combine(folder, Progress);
        HashSet<string> done = File.Exists(progress) ? [.. File.ReadLines(progress)] : [];
        foreach (string path in Directory.EnumerateFiles(folder, "*.gguf").Where(path => !done.Contains(path)))
        {
            File.AppendAllText(progress, path + "\n");
            NativeLlama.Evaluates(path);
        }
    }

    private int WriteSurvivors(int wanted)
    {
        byte[] model = TestGguf.Create().Build(out int headerBytes);
        Random random = new(22);
        int written = 0;
        while (written < wanted)
        {
            GgufMutation mutation = GgufMutation.Draw(random, model, headerBytes);
            string path = _folder.Write($"{mutation.Position}-{Convert.ToHexString(mutation.Bytes)}.gguf", mutation.Apply(model));
            if (NativeLlama.Accepts(path))
                written++;
            else
                File.Delete(path);
        }

        return Directory.GetFiles(_folder.Path, "*.gguf").Length;
    }

    /// <summary>Null when the child came to the end; else the file that killed it.</summary>
    private string? RunChild()
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            ArgumentList = { "--explicit", "only", "--filter-method", $"{typeof(NativeSurvivalTests).FullName}.{nameof(The_child_evaluates_the_models_of_a_folder)}" },
            Environment = { [FolderVariable] = _folder.Path },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode == 0)
            return null;
        string progress = Path.Combine(_folder.Path, Progress);
        string last = File.Exists(progress) ? File.ReadLines(progress).Last() : "before the first file";
        return $"{Path.GetFileName(last)}: exit code {child.ExitCode}: {errors.GetAwaiter().GetResult()}{output}";
    }
}
