using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Adapters: what they do to the answers, and which are refused before llama.cpp sees them.</summary>
public sealed class LoraTests : IDisposable
{
    private const uint Rank = 4;
    private const string Query = "blk.0.attn_q.weight";
    private const string Down = "blk.1.ffn_down.weight";

    private static readonly Dictionary<string, (Action<GgufBuilder> Spoil, string Field, string Reason)> Defects = new()
    {
        ["a model"] = (b => b.Set("general.type", "model"), "general.type", "is 'model', but a LoRA adapter's is 'adapter'"),
        ["no type"] = (b => b.Remove("general.type"), "general.type", "is missing, but"),
        ["a control vector"] = (b => b.Set("adapter.type", "control"), "adapter.type", "only 'lora' is served"),
        ["another architecture"] = (b => b.Set("general.architecture", "qwen2"), "general.architecture", "is 'qwen2', but the model's is 'llama'"),
        ["alpha as a whole number"] = (b => b.Set("adapter.lora.alpha", 8u), "adapter.lora.alpha", "is UInt32, but must be Float32"),
        ["alpha that is no number"] = (b => b.Set("adapter.lora.alpha", float.NaN), "adapter.lora.alpha", "is NaN"),
        ["an adapter that tokens switch on"] = (b => b.Set("adapter.alora.invocation_tokens", [1]), "adapter.alora.invocation_tokens", "not served"),
        ["a tensor the model does not have"] = (b => b.Change(Query + ".lora_a", t => t with { Name = "blk.9.attn_q.weight.lora_a" }), "blk.9.attn_q.weight", "the model has no such tensor"),
        ["one factor alone"] = (b => b.RemoveTensors(name => name == Query + ".lora_b"), Query + ".lora_b", "is missing"),
        ["a tensor that is no factor"] = (b => b.Change(Query + ".lora_a", t => t with { Name = Query }), Query, "is neither the first factor"),
        ["no factors"] = (b => b.RemoveTensors(_ => true), "tensor count", "changes no matrix"),
        ["a first factor of another width"] = (b => b.Change(Query + ".lora_a", t => t with { Dimensions = [16, 8] }), Query, "16 x 8 and 4 x 32 do not multiply to the model's 32 x 32"),
        ["factors of unequal rank"] = (b => b.Change(Query + ".lora_a", t => t with { Dimensions = [32, 2, 2] }), Query, "do not multiply"),
        ["a factor of whole numbers"] = (b => b.Change(Query + ".lora_a", t => t with { Type = 26 }), Query + ".lora_a", "weights of type I32"),
        ["a vector"] = (b => Matrix(b, "output_norm.weight", 32, 1), "output_norm.weight", "is a vector"),
        ["an embedding the wrong way round"] = (b => Matrix(b, "token_embd.weight", 32, (uint)TestGguf.VocabularySize), "token_embd.weight", "do not multiply"),
    };

    private readonly TempFolder _folder = new();
    private readonly string _model;

    public LoraTests() => _model = _folder.Write("model.gguf", TestGguf.Create().Build());

    public static TheoryData<string> Names => [.. Defects.Keys];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_adapter_changes_the_answers_and_at_scale_0_it_does_not()
    {
        string path = _folder.Write("adapter.gguf", Adapter().Build());
        IReadOnlyList<int> plain = await AnswerAsync();

        Assert.NotEqual(plain, await AnswerAsync(new LoraOptions(path)));
        Assert.NotEqual(await AnswerAsync(new LoraOptions(path)), await AnswerAsync(new LoraOptions(path, -1)));
        Assert.Equal(plain, await AnswerAsync(new LoraOptions(path, 0)));
    }

    [Fact]
    public async Task Two_adapters_that_cancel_each_other_leave_the_model_as_it_was()
    {
        string path = _folder.Write("adapter.gguf", Adapter().Build());
        string same = _folder.Write("same.gguf", Adapter().Build());

        Assert.Equal(await AnswerAsync(), await AnswerAsync(new LoraOptions(path), new LoraOptions(same, -1)));
    }

    [Fact]
    public async Task Loaded_adapters_are_told_and_their_weights_are_counted()
    {
        LoraOptions adapter = new(_folder.Write("adapter.gguf", Adapter().Build()), 0.5f);
        using LanguageModel model = await LoadAsync(adapter);

        Assert.Equal([adapter], model.Info.Lora);
        ModelOptions options = new() { Path = _model, PrefillBudget = 128, GpuLayers = 0 };
        long without = ModelFiles.Open(options).Need(options, 0).Ram.Weights;
        long with = ModelFiles.Open(options with { Lora = [adapter] }).Need(options, 0).Ram.Weights;
        Assert.Equal(sizeof(float) * Rank * (32 + 32 + 64 + 32), with - without);
    }

    [Fact]
    public void Options_with_equal_adapters_are_equal()
    {
        ModelOptions options = new() { Path = _model, Lora = [new("a.gguf"), new("b.gguf", 2)] };

        Assert.Equal(options, options with { Lora = [new("a.gguf"), new("b.gguf", 2)] });
        Assert.Equal(options.GetHashCode(), (options with { Lora = [new("a.gguf"), new("b.gguf", 2)] }).GetHashCode());
        Assert.NotEqual(options, options with { Lora = [new("a.gguf"), new("b.gguf")] });
        Assert.NotEqual(options, options with { Lora = [new("b.gguf", 2), new("a.gguf")] });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_adapter_that_does_not_fit_is_refused_by_name(string defect)
    {
        (Action<GgufBuilder> spoil, string field, string reason) = Defects[defect];
        GgufBuilder adapter = Adapter();
        spoil(adapter);
        string path = _folder.Write("adapter.gguf", adapter.Build());

        ModelLoadException error = Assert.Throws<ModelLoadException>(() => ModelFiles.Open(new ModelOptions { Path = _model, Lora = [new(path)] }));

        Assert.Equal((path, field), (error.Path, error.Field));
        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedding_that_is_the_output_too_cannot_be_changed()
    {
        GgufBuilder adapter = Adapter().Add(Factor("token_embd.weight.lora_a", Rank, (uint)TestGguf.VocabularySize)).Add(Factor("token_embd.weight.lora_b", Rank, 32));
        LoraOptions lora = new(_folder.Write("adapter.gguf", adapter.Build()));
        string tied = _folder.Write("tied.gguf", TestGguf.Create().RemoveTensors(name => name == "output.weight").Build());

        Assert.NotEmpty(ModelFiles.Open(new ModelOptions { Path = _model, Lora = [lora] }).Tensors);
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => ModelFiles.Open(new ModelOptions { Path = tied, Lora = [lora] }));
        Assert.Equal("token_embd.weight", error.Field);
    }

    [Fact]
    public void What_is_no_adapter_at_all_is_refused_as_a_model_would_be()
    {
        string missing = Path.Combine(_folder.Path, "none.gguf");
        Assert.Equal("does not exist", Assert.Throws<ModelLoadException>(() => ModelFiles.Open(new ModelOptions { Path = _model, Lora = [new(missing)] })).Reason);
        string path = _folder.Write("adapter.gguf", Adapter().Build()[..^1]);
        Assert.Contains("truncated", Assert.Throws<ModelLoadException>(() => ModelFiles.Open(new ModelOptions { Path = _model, Lora = [new(path)] })).Reason, StringComparison.Ordinal);
        Assert.Equal("scale", Assert.Throws<ModelLoadException>(() => ModelFiles.Open(new ModelOptions { Path = _model, Lora = [new(path, float.NaN)] })).Field);
    }

    /// <summary>An adapter for the test model: two of its matrices are changed.</summary>
    private static GgufBuilder Adapter()
    {
        GgufBuilder builder = new GgufBuilder()
            .Set("general.architecture", "llama").Set("general.type", "adapter").Set("adapter.type", "lora").Set("adapter.lora.alpha", (float)Rank);
        return Matrix(Matrix(builder, Query, 32, 32), Down, 64, 32);
    }

    private static GgufBuilder Matrix(GgufBuilder builder, string name, uint columns, uint rows) =>
        builder.Add(Factor(name + ".lora_a", columns, Rank)).Add(Factor(name + ".lora_b", Rank, rows));

    private static TestTensor Factor(string name, uint columns, uint rows)
    {
        Random random = new(name.Length);
        return new TestTensor(name, [columns, rows], 0, [.. Enumerable.Range(0, (int)(columns * rows)).SelectMany(_ => BitConverter.GetBytes((float)random.NextDouble() - 0.5f))]);
    }

    private Task<LanguageModel> LoadAsync(params LoraOptions[] adapters) => LanguageModel.LoadAsync(
        new ModelOptions { Path = _model, Threads = 1, Parallel = 1, ContextLength = 128, Sampling = TestModel.Greedy, Lora = [.. adapters] },
        NullLogger.Instance,
        TestContext.Current.CancellationToken);

    private async Task<IReadOnlyList<int>> AnswerAsync(params LoraOptions[] adapters)
    {
        using LanguageModel model = await LoadAsync(adapters);
        return (await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = model.Tokenize("Once upon"), MaxTokens = 30, IgnoreEndOfSequence = true }))).Tokens;
    }
}
