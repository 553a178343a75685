using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>The models that engine tests run on.</summary>
internal static class TestModel
{
    /// <summary>A little model with random weights, always there.</summary>
    public const string Random = "random";

    /// <summary>The largest member of the shipped tier, always there.</summary>
    public const string Shipped = "shipped";

    /// <summary>SmolLM2-135M-Instruct, which the repository does not hold.</summary>
    public const string SmolLm2 = "SmolLM2";

    /// <summary>The sampling of models whose answers have to repeat.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    public static TheoryData<string> All => [Random, Shipped, SmolLm2];

    /// <summary>The model's file; skips the test where it is not there.</summary>
    public static string Path(string model, TempFolder folder)
    {
        switch (model)
        {
            case Random:
                string path = System.IO.Path.Combine(folder.Path, "random.gguf");
                TestGguf.Write(path);
                return path;
            case Shipped:
                return new DirectoryInfo(RepositoryPaths.DefaultTier).GetFiles("*.gguf").MaxBy(file => file.Length)!.FullName;
            default:
                Assert.SkipWhen(RepositoryPaths.SmolLm2 is null, RepositoryPaths.SmolLm2Missing);
                return RepositoryPaths.SmolLm2!;
        }
    }
}
