using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Quantised KV caches: what they take, and where they cannot be.</summary>
public sealed class KvTypeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(KvType.F16, 2 * 64 * 2.0)]
    [InlineData(KvType.Q8, 2 * 64 * 34 / 32.0)]
    [InlineData(KvType.Q4, 2 * 64 * 18 / 32.0)]
    public void The_cache_takes_what_its_elements_take(KvType type, double bytesPerHead)
    {
        ModelMetadata model = GgufFile.Open(Base).Metadata;
        KvBudget budget = KvBudget.Plan(new ModelOptions { Path = Base, KvType = type, Parallel = 2, ContextLength = 512 }, model);

        Assert.Equal(1024 * (long)bytesPerHead * model.KvHeadCount.Sum(), budget.Bytes);
    }

    [Fact]
    public void Heads_that_are_no_whole_blocks_are_refused_with_both_numbers()
    {
        // The test model's heads have 8 elements.
        ModelOptions options = new() { Path = _folder.Write("m.gguf", TestGguf.Create().Build()), KvType = KvType.Q8 };

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => KvBudget.Plan(options, GgufFile.Open(options.Path).Metadata));

        Assert.Equal(("kv_type", "is q8_0, whose blocks have 32 elements, but the keys of a head have 8"), (error.Field, error.Reason));
    }

    [Theory]
    [InlineData(KvType.Q8)]
    [InlineData(KvType.Q4)]
    public void Without_flash_attention_there_are_no_quantised_values(KvType type)
    {
        ModelOptions options = new() { Path = Base, KvType = type, FlashAttention = false };

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => KvBudget.Plan(options, GgufFile.Open(Base).Metadata));

        Assert.Equal("kv_type", error.Field);
        Assert.Contains("flash attention", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_is_refused_before_llama_cpp_is_asked()
    {
        ModelOptions options = new() { Path = Base, KvType = KvType.Q8, FlashAttention = false };

        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(
            () => LanguageModel.LoadAsync(options, NullLogger.Instance, _ => Assert.Fail("weights were read"), TestContext.Current.CancellationToken));

        Assert.Equal("kv_type", error.Field);
    }

    [Theory]
    [InlineData(KvType.Q8, KvLayout.Streams)]
    [InlineData(KvType.Q8, KvLayout.Unified)]
    [InlineData(KvType.Q4, KvLayout.Streams)]
    [InlineData(KvType.Q4, KvLayout.Unified)]
    public async Task A_model_answers_from_a_quantised_cache_and_takes_over_prefixes(KvType type, KvLayout layout)
    {
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = Base, KvType = type, KvLayout = layout, Parallel = 2, ContextLength = 512, Threads = 1, Sampling = TestModel.Greedy },
            NullLogger.Instance,
            TestContext.Current.CancellationToken);
        int[] prompt = model.TokenizeChat([new("user", string.Join(' ', Enumerable.Repeat("What is 12 + 30?", 20)))]);

        // The second begins while the first runs, so it takes a copy of its cells.
        IAnswer first = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 40, IgnoreEndOfSequence = true });
        await foreach (AnswerEvent _ in first.ReadAllAsync(TestContext.Current.CancellationToken))
            break;
        Answer second = await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 40, IgnoreEndOfSequence = true }));

        Assert.Equal(40, second.Tokens.Count);
        Assert.True(model.Status.CachedTokens > 0);
        Assert.Equal(type, model.Info.KvType);
    }

    private static string Base => Path.Combine(RepositoryPaths.DefaultTier, "base.gguf");
}
