using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>A policy in a temporary folder: easy questions go to the cheap nano, hard ones to the dear small.</summary>
internal sealed class TestPolicy : IDisposable
{
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"policy-{Guid.NewGuid():N}");

    public TestPolicy() => PolicyFolder.Write(Folder, Make());

    public static Policy Make(string embedder = LetterEmbedder.Print, string strong = "small", string? fingerprint = null) => new()
    {
        Embedder = new("letters", embedder, 2),
        Members = [new("nano", fingerprint), new(strong, null)],
        Centroids = new(new PointSet([1, 0, 0, 1], 2)),
        Statistics = new(
            [new ClusterStatistics("easy", 50), new ClusterStatistics("hard", 50)],
            [Model("nano", 1, 0.1, 0.9), Model(strong, 5, 0.1, 0.2)]),
        Options = new StageOneOptions(),
        Assignment = [0, 1],
        DefaultMember = 1,
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static ModelStatistics Model(string name, double cost, params double[] errors) =>
        new() { Name = name, Errors = errors, Tpot = new(cost, []) };
}
