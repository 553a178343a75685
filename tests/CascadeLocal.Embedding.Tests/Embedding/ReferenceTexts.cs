using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

using CascadeLocal.Tests.Common;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Texts with the ids and vectors that they have to get.</summary>
internal static class ReferenceTexts
{
    /// <summary>A few of the shared texts, in the repository.</summary>
    public static string OwnFolder { get; } = Path.Combine(AppContext.BaseDirectory, "Data");

    public const string SharedMissing = "../shared/data/minilm is not there";

    public static string? SharedFolder
    {
        get
        {
            string? folder = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "minilm") : null;
            return Directory.Exists(folder) ? folder : null;
        }
    }

    /// <summary>The texts of a folder with texts.jsonl and embeddings.f32.</summary>
    public static IReadOnlyList<ReferenceText> Read(string folder)
    {
        const int Dimensions = 384;
        float[] values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "embeddings.f32"))).ToArray();
        return [.. File.ReadLines(Path.Combine(folder, "texts.jsonl")).Select((line, row) =>
        {
            Row parsed = JsonSerializer.Deserialize<Row>(line)!;
            return new ReferenceText(parsed.Id, parsed.Text, parsed.Ids, values[(row * Dimensions)..((row + 1) * Dimensions)]);
        })];
    }

    private sealed record Row(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("text")] string Text,
        [property: JsonPropertyName("ids")] int[] Ids);
}
