using System.IO.Compression;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>The labels of two published models, from ../shared/data/real-tier.</summary>
internal static class RealTier
{
    /// <summary>Its models, the cheaper one first.</summary>
    public static readonly string[] Models = ["SmolLM2-135M-Instruct-Q4_1", "Qwen2.5-Coder-0.5B-Instruct-Q4_K_M"];

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The rows of one model, by question; the test is skipped where the files are not there.</summary>
    public static RealTierRow[] Rows(int model) => [.. Read<RealTierRow>("labels.jsonl.gz")
        .Where(row => row.Model == Models[model])
        .OrderBy(row => row.Id, StringComparer.Ordinal)];

    /// <summary>The prompts of those rows.</summary>
    public static string[] Prompts()
    {
        Dictionary<string, string> prompts = Read<Question>("questions.jsonl.gz").ToDictionary(q => q.Id, q => q.Prompt);
        return [.. Rows(0).Select(row => prompts[row.Id])];
    }

    private static IEnumerable<T> Read<T>(string name)
    {
        string? path = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "real-tier", name) : null;
        Assert.SkipUnless(File.Exists(path), "../shared/data/real-tier is not there");
        using StreamReader reader = new(new GZipStream(File.OpenRead(path!), CompressionMode.Decompress));
        return [.. reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<T>(line, Json)!)];
    }

    private sealed record Question(string Id, string Prompt);
}
