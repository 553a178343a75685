using System.CommandLine;
using System.Globalization;
using System.Text.Json;

using CascadeLocal.Bench.Models;

namespace CascadeLocal.Bench.Measuring;

/// <summary>What commands and benchmarks have found, by name, beside what they print.</summary>
internal static class Figures
{
    private static readonly Dictionary<string, double> Values = new(StringComparer.Ordinal);

    /// <summary>Tells a figure; the last one of a name counts.</summary>
    public static void Add(FormattableString name, double value) => Values[name.ToString(CultureInfo.InvariantCulture)] = value;

    /// <summary>The figures since the last call.</summary>
    public static IReadOnlyDictionary<string, double> Take()
    {
        Dictionary<string, double> taken = new(Values, StringComparer.Ordinal);
        Values.Clear();
        return taken;
    }
}

/// <summary>
/// Holds figures within thresholds: a file names commands of this program, and for figures of each how small or large they have to
/// be. All are ratios of two things in one run, so that they mean the same on every machine.
/// </summary>
internal static class CheckCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The command <c>check</c>.</summary>
    /// <param name="root">The program.</param>
    public static Command Create(RootCommand root)
    {
        Command command = new("check", "Measure what the thresholds speak of and say what is beyond them; the exit code is 1 where something is");
        Option<FileInfo?> thresholds = new("--thresholds")
        {
            Description = "The file (default: bench/thresholds.json of the repository)",
            HelpName = "file",
        };
        command.Options.Add(thresholds);
        command.SetAction(async (result, cancellationToken) =>
        {
            string repository = BenchModels.Repository() ?? Directory.GetCurrentDirectory();
            string path = result.GetValue(thresholds)?.FullName ?? Path.Combine(repository, "bench", "thresholds.json");
            Directory.SetCurrentDirectory(repository);
            return await CheckAsync(root, JsonSerializer.Deserialize<Threshold[]>(await File.ReadAllBytesAsync(path, cancellationToken), Json)!, cancellationToken);
        });
        return command;
    }

    /// <summary>Sentences on what is beyond a threshold, or was not measured.</summary>
    internal static IEnumerable<string> Beyond(Threshold threshold, IReadOnlyDictionary<string, double> figures)
    {
        foreach ((string name, double most) in threshold.AtMost.Concat(threshold.AtLeast))
        {
            bool isMost = threshold.AtMost.ContainsKey(name);
            if (!figures.TryGetValue(name, out double value))
                yield return $"{name} was not measured";
            else if (!(isMost ? value <= most : value >= most))
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} is {value:0.000}, {(isMost ? "at most" : "at least")} {most:0.000} is wanted");
        }
    }

    private static async Task<int> CheckAsync(RootCommand root, Threshold[] thresholds, CancellationToken cancellationToken)
    {
        List<string> failures = [];
        List<string> lines = [];
        foreach (Threshold threshold in thresholds)
        {
            Console.WriteLine($"\n> {string.Join(' ', threshold.Run)}");
            Figures.Take();
            int code = await root.Parse(threshold.Run).InvokeAsync(cancellationToken: cancellationToken);
            IReadOnlyDictionary<string, double> figures = Figures.Take();
            if (code != 0)
                failures.Add($"{string.Join(' ', threshold.Run)} ended with {code}");
            failures.AddRange(Beyond(threshold, figures));
            foreach ((string name, double value) in figures.Where(f => threshold.AtMost.ContainsKey(f.Key) || threshold.AtLeast.ContainsKey(f.Key)))
            {
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{value,8:0.000}  {(threshold.AtMost.TryGetValue(name, out double most) ? $"<= {most:0.000}" : $">= {threshold.AtLeast[name]:0.000}")}  {name}"));
            }
        }

        Console.WriteLine($"\n{string.Join('\n', lines)}");
        foreach (string failure in failures)
            Console.WriteLine($"FAILED: {failure}");
        return failures.Count == 0 ? 0 : 1;
    }

    /// <summary>A command and what its figures have to be.</summary>
    internal sealed record Threshold
    {
        /// <summary>Its arguments; paths begin at the repository.</summary>
        public required string[] Run { get; init; }

        /// <summary>By the figure's name.</summary>
        public Dictionary<string, double> AtMost { get; init; } = [];

        /// <summary>By the figure's name.</summary>
        public Dictionary<string, double> AtLeast { get; init; } = [];
    }
}
