using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What a model gets, and what is refused before native code is asked.</summary>
public sealed class LoadingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_options_a_model_gets_its_trained_context_for_eight_sequences_in_streams()
    {
        KvBudget budget = Plan(new ModelOptions { Path = Model() });

        Assert.Equal((TestGguf.ContextLength, 8 * TestGguf.ContextLength, KvLayout.Streams), (budget.ContextLength, budget.Cells, budget.Layout));

        // Two bytes for each element of a key and a value, in every layer.
        Assert.Equal(budget.Cells * 2L * 2 * TestGguf.Layers * TestGguf.KvHeads * (TestGguf.EmbeddingLength / TestGguf.Heads), budget.Bytes);
    }

    [Fact]
    public void A_long_context_is_cut_to_8192_by_default()
    {
        string path = _folder.Write("long.gguf", TestGguf.Create().Set("llama.context_length", 131_072u).Build());

        Assert.Equal(8192, Plan(new ModelOptions { Path = path }).ContextLength);
        Assert.Equal(100_000, Plan(new ModelOptions { Path = path, ContextLength = 100_000 }).ContextLength);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(2, 3, 1)]
    [InlineData(8, 1, 7)]
    [InlineData(8, 2, 4)]
    [InlineData(8, 20, 1)]
    public void The_cores_are_divided_among_the_models_and_a_model_alone_leaves_one_free(int cores, int models, int threads) =>
        Assert.Equal(threads, ModelOptions.DefaultThreads(cores, models));

    [Fact]
    public void A_cache_larger_than_the_memory_is_refused_with_both_figures()
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => Plan(new ModelOptions { Path = Model() }, available: 1 << 20));

        Assert.Equal("kv cache", error.Field);
        Assert.Contains("8 sequences of 4096 tokens need 4.0 MiB, but 1.0 MiB of memory are free", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parallel", 0, 64)]
    [InlineData("parallel", 65, 64)]
    [InlineData("ctx", 4, 0)]
    [InlineData("ctx", 4, 4097)]
    public void Options_outside_their_range_are_refused_by_name(string field, int parallel, int context)
    {
        ModelOptions options = new() { Path = Model(), Parallel = parallel, ContextLength = context };

        Assert.Equal(field, Assert.Throws<ModelLoadException>(() => Plan(options)).Field);
    }

    [Fact]
    public async Task A_file_with_an_empty_metadata_value_is_served()
    {
        string path = _folder.Write("empty-value.gguf", TestGguf.Create().Set("general.license", "").Build());

        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Threads = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken);

        Assert.Equal("llama", model.Info.Architecture);
    }

    [Fact]
    public async Task A_damaged_file_leaves_the_process_well()
    {
        byte[] whole = TestGguf.Create().Build();
        string broken = _folder.Write("broken.gguf", whole[..^1]);

        await Assert.ThrowsAsync<ModelLoadException>(() => LanguageModel.LoadAsync(
            new ModelOptions { Path = broken }, NullLogger.Instance, TestContext.Current.CancellationToken));

        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = Model(), Threads = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken);
        Assert.NotEmpty((await Answer.ReadAsync(model.Generate(new GenerationRequest { Prompt = model.Tokenize("Once"), MaxTokens = 3 }))).Tokens);
    }

    private static KvBudget Plan(ModelOptions options, long available = long.MaxValue) =>
        KvBudget.Plan(options, GgufFile.Open(options.Path).Metadata, available);

    private string Model() => TestModel.Path(TestModel.Random, _folder);
}
