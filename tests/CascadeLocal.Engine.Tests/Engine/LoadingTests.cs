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
    public async Task A_load_that_is_cancelled_before_it_begins_reads_nothing()
    {
        float read = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => LanguageModel.LoadAsync(new ModelOptions { Path = Model() }, NullLogger.Instance, progress => read = progress, new CancellationToken(true)));

        Assert.Equal(0, read);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.3f)]
    [InlineData(1f)]
    public async Task A_load_that_is_cancelled_ends_at_the_next_tensor_and_leaves_nothing_open(float at)
    {
        // A file that nobody else has open.
        string path = Path.Combine(_folder.Path, "cancelled.gguf");
        File.Copy(TestModel.Path(TestModel.Shipped, _folder), path);
        using CancellationTokenSource stop = new();
        float cancelledAt = -1, last = 0;
        int after = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Parallel = 1, ContextLength = 64 },
            NullLogger.Instance,
            progress =>
            {
                last = progress;
                if (cancelledAt >= 0)
                    after++;
                else if (progress >= at)
                {
                    cancelledAt = progress;
                    stop.Cancel();
                }
            },
            stop.Token));

        Assert.True(after <= 1 && last <= Math.Max(at, 0.9f) + 0.1f, $"cancelled at {cancelledAt}, {after} tensors more, up to {last}");
        Assert.DoesNotContain(path, Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget));
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Parallel = 1, ContextLength = 64 }, NullLogger.Instance, TestContext.Current.CancellationToken);
        Assert.NotEmpty(model.Tokenize("hello"));
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
    public async Task What_llama_cpp_alone_refuses_is_refused_with_its_own_reason()
    {
        (string Name, GgufBuilder Model, string Reason)[] cases =
        [
            ("a tensor too many", TestGguf.Create().Add(new TestTensor("extra.weight", [32], 0, new byte[128])), "wrong number of tensors"),
        ];
        foreach ((string name, GgufBuilder model, string reason) in cases)
        {
            string path = _folder.Write("refused.gguf", model.Build());
            ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => LanguageModel.LoadAsync(
                new ModelOptions { Path = path, Threads = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken));
            Assert.True(error.Field == "weights" && error.Reason.Contains(reason, StringComparison.Ordinal), $"{name}: {error.Message}");
            Assert.InRange(error.Reason.Length, 1, 1100);
        }
    }

    [Theory]
    [InlineData("no-such-kind", "is 'no-such-kind', which")]
    [InlineData("a\nb", "is 'a?b', which")]
    [InlineData(null, "xxx...")]
    public async Task An_unknown_pre_tokenizer_is_refused_by_name(string? pre, string reason)
    {
        string path = _folder.Write("refused.gguf", TestGguf.Create().Set("tokenizer.ggml.pre", pre ?? new string('x', 10_000)).Build());
        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Threads = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken));
        Assert.Equal("tokenizer.ggml.pre", error.Field);
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.InRange(error.Reason.Length, 1, 1100);
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
        Assert.NotEmpty((await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = model.Tokenize("Once"), MaxTokens = 3 }))).Tokens);
    }

    private static KvBudget Plan(ModelOptions options) => KvBudget.Plan(options, GgufFile.Open(options.Path).Metadata);

    private string Model() => TestModel.Path(TestModel.Random, _folder);
}
