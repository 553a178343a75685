using System.Globalization;

using CascadeLocal.Engine.Gguf;

namespace CascadeLocal.Bench.Models;

/// <summary>
/// Which models are measured, and with how many threads. Both travel in the environment, since BenchmarkDotNet makes the
/// benchmarks itself.
/// </summary>
public static class BenchModels
{
    /// <summary>GGUF files or folders of them, separated by colons, in place of the default ones.</summary>
    public const string PathsVariable = "CASCADE_BENCH_MODELS";

    /// <summary>Threads of one decode in place of the default.</summary>
    public const string ThreadsVariable = "CASCADE_BENCH_THREADS";

    /// <summary>How answers are made that have to be the same in every run.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>
    /// The models named by <see cref="PathsVariable"/>, else the default tier and the published model that the tests use,
    /// where they are; the smallest file first.
    /// </summary>
    public static IEnumerable<BenchModel> All()
    {
        string? named = Environment.GetEnvironmentVariable(PathsVariable);
        string[] places = string.IsNullOrEmpty(named) ? [.. DefaultPlaces()] : named.Split(':');
        return places.SelectMany(Files).OrderBy(file => new FileInfo(file).Length).Select(file => new BenchModel(file));
    }

    /// <summary>Measures one model, and says on standard error what keeps it from that; the exit code.</summary>
    /// <param name="named">Its file; null for the largest of <see cref="All"/>.</param>
    /// <param name="measure">Measures the file.</param>
    public static async Task<int> MeasureAsync(string? named, Func<string, Task> measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        if ((named ?? All().LastOrDefault()?.Path) is not { } path)
        {
            await Console.Error.WriteLineAsync("No model was found. Name one with --model.");
            return 1;
        }

        try
        {
            await measure(path);
            return 0;
        }
        catch (ModelLoadException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    /// <summary>Threads of one decode; null is the engine's default.</summary>
    public static int? Threads() =>
        int.TryParse(Environment.GetEnvironmentVariable(ThreadsVariable), CultureInfo.InvariantCulture, out int threads)
            ? threads
            : null;

    /// <summary>The folder of the repository that this program was built in; null where that is gone.</summary>
    public static string? Repository()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "CascadeLocal.sln")))
            root = root.Parent;
        return root?.FullName;
    }

    /// <summary>The file of a member of the shipped tier among <see cref="All"/>; null where it is not there.</summary>
    /// <param name="member">Its name.</param>
    public static string? Shipped(string member) => All().FirstOrDefault(model => Path.GetFileName(model.Path) == $"{member}.gguf")?.Path;

    private static IEnumerable<string> DefaultPlaces()
    {
        string? root = Repository();
        if (root is not null)
            yield return Path.Combine(root, "models", "default");
        if (Environment.GetEnvironmentVariable("CASCADE_TEST_MODELS") is { Length: > 0 } published)
            yield return published;
        else if (root is not null)
            yield return Path.Combine(root, "..", "shared", "models");
    }

    private static IEnumerable<string> Files(string place) => Directory.Exists(place)
        ? Directory.EnumerateFiles(place, "*.gguf")
        : File.Exists(place) ? [place] : [];
}
