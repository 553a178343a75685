using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

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

    /// <summary>The little random model, loaded: greedy, four sequences at once, 512 tokens of context.</summary>
    /// <param name="folder">Where its file is written.</param>
    /// <param name="change">What is other than that.</param>
    public static Task<LanguageModel> LoadRandomAsync(TempFolder folder, Func<ModelOptions, ModelOptions>? change = null)
    {
        ModelOptions options = new() { Path = Path(Random, folder), Threads = 1, Parallel = 4, ContextLength = 512, Sampling = Greedy };
        return LanguageModel.LoadAsync(change?.Invoke(options) ?? options, NullLogger.Instance, TestContext.Current.CancellationToken);
    }

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
