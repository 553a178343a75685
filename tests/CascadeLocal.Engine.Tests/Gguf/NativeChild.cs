using System.Diagnostics;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>How llama.cpp took a file.</summary>
internal enum NativeOutcome
{
    Died,
    Refused,
    Evaluated,
}

/// <summary>A second copy of this program, in which llama.cpp may die of a file.</summary>
internal static class NativeChild
{
    private const string FolderVariable = "CASCADE_TEST_SURVIVAL_FOLDER";
    private const string Progress = "progress.txt";

    /// <summary>Every model file of a folder, by its name, loaded and evaluated.</summary>
    public static Dictionary<string, NativeOutcome> EvaluateAll(string folder)
    {
        // Every death is followed by a new process that goes on behind the file that caused it.
        int deaths = 0;
        while (!Run(folder) && ++deaths < 20)
        {
        }

        Dictionary<string, NativeOutcome> outcomes = [];
        foreach (string line in File.ReadLines(Path.Combine(folder, Progress)))
            outcomes[line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]] = Enum.Parse<NativeOutcome>(line[..line.IndexOf(' ', StringComparison.Ordinal)]);
        return outcomes;
    }

    /// <summary>What the child does.</summary>
    public static void Work()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable)
            ?? throw new InvalidOperationException($"{FolderVariable} names no folder.");
        string progress = Path.Combine(folder, Progress);
        HashSet<string> done = File.Exists(progress) ? [.. File.ReadLines(progress).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])] : [];
        foreach (string path in Directory.EnumerateFiles(folder, "*.gguf").Where(path => !done.Contains(Path.GetFileName(path))))
        {
            // Taken back if it survives.
            File.AppendAllText(progress, $"{NativeOutcome.Died} {Path.GetFileName(path)}\n");
            NativeOutcome outcome = NativeLlama.Evaluates(path) ? NativeOutcome.Evaluated : NativeOutcome.Refused;
            File.AppendAllText(progress, $"{outcome} {Path.GetFileName(path)}\n");
        }
    }

    /// <summary>Whether the child came to its end.</summary>
    private static bool Run(string folder)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            ArgumentList =
            {
                "--explicit", "only", "--filter-method",
                $"{typeof(NativeSurvivalTests).FullName}.{nameof(NativeSurvivalTests.The_child_evaluates_the_models_of_a_folder)}",
            },
            Environment = { [FolderVariable] = folder },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process child = ChildProcesses.Start(start);
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            TestContext.Current.SendDiagnosticMessage("exit code {0}: {1}{2}", child.ExitCode, errors.GetAwaiter().GetResult(), output);
        return child.ExitCode == 0;
    }
}
