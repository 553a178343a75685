using System.Diagnostics;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>
/// A wrong size in a file of any architecture is refused in managed code, or by llama.cpp with an error, or served; it never ends
/// the process. A second copy of this program loads the files, so that a death is seen. Some minutes long, so run by hand.
/// </summary>
public sealed class SizeSurvivalTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    private const string FileVariable = "CASCADE_TEST_SIZES_FILE";
    private const string ArchitectureVariable = "CASCADE_TEST_SIZES_ARCHITECTURE";

    public static IEnumerable<TheoryDataRow<string>> Architectures => SmallShapes.All;

    [Theory(Explicit = true)]
    [MemberData(nameof(Architectures))]
    public async Task A_wrong_size_does_not_end_the_process(string architecture)
    {
        string file = shapes.PathOf(architecture);
        string progress = file + ".progress";
        List<string> deaths = [];
        // Every death is followed by a new process that goes on behind the file that caused it.
        while (await RunChildAsync(file, architecture) is string death)
            deaths.Add($"{File.ReadLines(progress).Last()}: {death}");

        string[] results = [.. File.ReadLines(progress).Where(line => line.StartsWith('='))];
        TestContext.Current.SendDiagnosticMessage("{0}: {1}", architecture, string.Join(", ", results.CountBy(result => result).Select(pair => $"{pair.Value} {pair.Key[1..]}")));
        Assert.True(deaths.Count == 0, string.Join('\n', deaths));
    }

    [Fact(Explicit = true)]
    public async Task The_child_loads_them()
    {
        string path = Variable(FileVariable);
        string progress = path + ".progress";
        int done = File.Exists(progress) ? File.ReadLines(progress).Count(line => !line.StartsWith('=')) : 0;
        byte[] file = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        string changed = path + ".changed.gguf";
        foreach (SizeMutation mutation in SizeMutation.Of(file, Variable(ArchitectureVariable)).Skip(done))
        {
            await File.AppendAllTextAsync(progress, $"{mutation.Key} {mutation.Value}\n", TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(changed, mutation.Apply(file), TestContext.Current.CancellationToken);
            await File.AppendAllTextAsync(progress, $"={await LoadAsync(changed)}\n", TestContext.Current.CancellationToken);
        }
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

    private static async Task<string> LoadAsync(string path)
    {
        try
        {
            ModelOptions options = new() { Path = path, ContextLength = 64, Parallel = 2, Threads = 1, PrefillBudget = 8, GpuLayers = 0 };
            using LanguageModel model = await LanguageModel.LoadAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
            await using Generation generation = model.Start(new GenerationRequest { Prompt = model.Tokenize("the user asks"), MaxTokens = 4 });
            await generation.FinishAsync(TestContext.Current.CancellationToken);
            return "served";
        }
        catch (ModelLoadException error)
        {
            return error.Message.Contains("llama.cpp refused", StringComparison.Ordinal) ? "refused by llama.cpp" : "refused before llama.cpp";
        }
        catch (EngineException)
        {
            return "failed as a request";
        }
    }

    /// <summary>Null when the child came to the end; else how it died.</summary>
    private static async Task<string?> RunChildAsync(string file, string architecture)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            ArgumentList = { "--explicit", "only", "--filter-method", $"{typeof(SizeSurvivalTests).FullName}.{nameof(The_child_loads_them)}" },
            Environment = { [FileVariable] = file, [ArchitectureVariable] = architecture, ["GGML_NO_BACKTRACE"] = "1" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process child = ChildProcesses.Start(start);
        Task<string> errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (child.ExitCode == 0)
            return null;
        // llama.cpp says what it dies of with file and line; a test that failed says so on the other stream.
        string said = await errors;
        return $"exit code {child.ExitCode}: {said.Split('\n').FirstOrDefault(line => line.Contains(".cpp:", StringComparison.Ordinal) || line.Contains(".c:", StringComparison.Ordinal)) ?? (said + output)}";
    }
}
