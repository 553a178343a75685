using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What is told of a model file without loading it.</summary>
public sealed class ModelCheckTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(TestModel.All), MemberType = typeof(TestModel))]
    public async Task A_sound_model_is_told_as_it_will_be_loaded(string name)
    {
        ModelOptions options = new() { Path = TestModel.Path(name, _folder), Parallel = 2, ContextLength = 512, Threads = 1 };
        ModelCheck check = ModelCheck.Of(options, NullLogger.Instance);
        using LanguageModel model = await LanguageModel.LoadAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);

        Assert.True(check.Serves, check.Failure ?? check.TemplateFailure);
        Assert.Equal(
            (model.Info.Name, model.Info.Architecture, model.Info.Quantization, model.Info.ParameterCount, model.Info.FileBytes),
            (check.Name, check.Architecture, check.Quantization, check.ParameterCount, check.Files.Bytes));
        Assert.Equal((model.Info.ContextLength, model.Info.Parallel), (check.Options.ContextLength, check.Options.Parallel));
        Assert.Equal(model.Info.KvBytes, check.Memory[0].KvBytes);
        ChatMessage[] sample = [new("user", "What is the capital of France?"), new("assistant", "Paris."), new("user", "And of Italy?")];
        Assert.Equal(model.TokenizeChat(sample).Length, check.PromptTokens);
        Assert.All(sample, message => Assert.Contains(message.Content, check.Prompt, StringComparison.Ordinal));
        Assert.NotEmpty(check.EndTokens);
    }

    [Fact]
    public void Tokenizer_and_end_tokens_are_named()
    {
        ModelCheck check = Check(TestGguf.Create());

        Assert.Equal("gpt2 (gpt-2)", check.Tokenizer);
        Assert.Contains((TestGguf.EndOfTurn, "<|im_end|>"), check.EndTokens);
        Assert.Contains("<|im_start|>", check.ChatTemplate, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_pair_tokenizer_without_a_pre_tokenizer_is_named_so() =>
        Assert.Equal("gpt2 (no pre-tokenizer named: default)", Check(TestGguf.Create().Remove("tokenizer.ggml.pre")).Tokenizer);

    [Theory]
    [InlineData("no template", "has no chat template")]
    [InlineData("an empty template", "has no chat template")]
    [InlineData("a template that fails", "line 1: 'no_such_function' is undefined")]
    public void A_model_that_cannot_chat_would_not_be_served(string what, string reason)
    {
        GgufBuilder model = TestGguf.Create();
        model = what switch
        {
            "no template" => model.Remove("tokenizer.chat_template"),
            "an empty template" => model.Set("tokenizer.chat_template", ""),
            _ => model.Set("tokenizer.chat_template", "{{ no_such_function(messages) }}"),
        };
        ModelCheck check = Check(model);

        Assert.False(check.Serves);
        Assert.Contains(reason, check.TemplateFailure, StringComparison.Ordinal);
        Assert.Null(check.Failure);
        Assert.NotEmpty(check.EndTokens);
    }

    [Fact]
    public void What_only_llama_cpp_refuses_is_found_without_reading_weights()
    {
        foreach ((GgufBuilder model, string reason) in new[]
        {
            (TestGguf.Create().Add(new TestTensor("extra.weight", [32], 0, new byte[128])), "wrong number of tensors"),
            (TestGguf.Create().RemoveTensors(name => name == "blk.0.ffn_up.weight"), "blk.0.ffn_up.weight"),
        })
        {
            ModelCheck check = Check(model);
            Assert.False(check.Serves);
            Assert.Contains(reason, check.Failure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_does_not_fit_is_told_with_the_memory_it_would_take()
    {
        string path = _folder.Write("m.gguf", TestGguf.Create().Set("llama.context_length", uint.MaxValue >> 1).Build());
        ModelCheck check = ModelCheck.Of(new ModelOptions { Path = path, Parallel = 1, ContextLength = int.MaxValue - 1000 }, NullLogger.Instance);

        Assert.False(check.Serves);
        Assert.Contains("are needed", check.Failure, StringComparison.Ordinal);
        Assert.True(check.Memory[0].KvBytes > check.Memory[0].FreeBytes);
    }

    [Fact]
    public void A_file_that_is_no_model_has_a_reason_and_nothing_else()
    {
        ModelCheck check = ModelCheck.Of(new ModelOptions { Path = _folder.Write("m.gguf", [1, 2, 3]) }, NullLogger.Instance);

        Assert.False(check.Serves);
        Assert.NotNull(check.Failure);
        Assert.Null(check.Name);
        Assert.Empty(check.Memory);
    }

    private ModelCheck Check(GgufBuilder model) =>
        ModelCheck.Of(new ModelOptions { Path = _folder.Write("m.gguf", model.Build()), ContextLength = 256, Parallel = 1 }, NullLogger.Instance);
}
