using System.IO.Compression;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging;

/// <summary>The labels of two published models, from ../shared/data/real-tier.</summary>
internal static class RealTier
{
    /// <summary>Its models, the cheaper one first.</summary>
    public static readonly string[] Models = ["SmolLM2-135M-Instruct-Q4_1", "Qwen2.5-Coder-0.5B-Instruct-Q4_K_M"];

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The rows of one model, by question; the test is skipped where the files are not there.</summary>
    public static RealTierRow[] Rows(int model)
    {
        string? path = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "real-tier", "labels.jsonl.gz") : null;
        Assert.SkipUnless(File.Exists(path), "../shared/data/real-tier is not there");
        using StreamReader reader = new(new GZipStream(File.OpenRead(path!), CompressionMode.Decompress));
        return [.. reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<RealTierRow>(line, Json)!)
            .Where(row => row.Model == Models[model])
            .OrderBy(row => row.Id, StringComparer.Ordinal)];
    }
}
