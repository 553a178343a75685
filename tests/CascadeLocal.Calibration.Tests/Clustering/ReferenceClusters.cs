using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Clustering;

/// <summary>scikit-learn's clusters of 1,800 prompts, from ../shared/data/minilm.</summary>
internal static class ReferenceClusters
{
    private static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(File.ReadAllBytes(PathOf("kmeans.json"))));
    private static readonly Lazy<PointSet> AllPoints = new(ReadPoints);

    public static PointSet Points
    {
        get
        {
            SkipWhenMissing();
            return AllPoints.Value;
        }
    }

    public static JsonElement Root
    {
        get
        {
            SkipWhenMissing();
            return Document.Value.RootElement;
        }
    }

    public static PointSet PointsOf(JsonElement rows) =>
        PointSet.Of([.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray())]);

    private static string? Folder
    {
        get
        {
            string? folder = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "minilm") : null;
            return Directory.Exists(folder) ? folder : null;
        }
    }

    private static void SkipWhenMissing() => Assert.SkipWhen(Folder is null, "../shared/data/minilm is not there");

    private static PointSet ReadPoints()
    {
        const int Dimensions = 384;
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(File.ReadAllBytes(PathOf("kmeans_embeddings.f16")));
        float[] values = new float[halves.Length];
        TensorPrimitives.ConvertToSingle(halves, values);
        return new(values, Dimensions);
    }

    private static string PathOf(string file) => Path.Combine(Folder!, file);
}
