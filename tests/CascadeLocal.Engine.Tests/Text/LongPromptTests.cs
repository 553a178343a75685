using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Text;

using LLama;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>Prompts that are long, or of a kind that llama.cpp's own tokenizer does not survive.</summary>
public sealed class LongPromptTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string, string> Deadly => new()
    {
        // Each of these ended the process, or froze it, as text of one message.
        { "tekken", string.Concat(Enumerable.Repeat("ACGT", 24_000)) },
        { "deepseek-v3", new string('Z', 40_000) },
        { "deepseek-v3", new string(' ', 60_000) },
        { "llama4", new string('Z', 200_000) },
        { "gpt-4o", new string('Z', 60_000) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Deadly))]
    public async Task A_text_that_ended_llama_cpp_is_refused_as_too_long(string pre, string text)
    {
        using LanguageModel model = await LoadAsync(pre);
        ContextLengthExceededException error = Assert.Throws<ContextLengthExceededException>(() => model.Start(Asking(text)));
        Assert.Contains("at least", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.PromptTokens, model.Info.ContextLength, text.Length + 100); // with the template
    }

    [Fact]
    public async Task Eight_megabytes_are_refused_at_once_and_let_go_when_the_client_has_left()
    {
        using LanguageModel model = await LoadAsync("gpt-2");
        GenerationRequest request = Asking(new string(' ', 8_000_000));
        // Its length alone says enough.
        Assert.Contains("at least", Assert.Throws<ContextLengthExceededException>(() => model.Start(request)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await model.StartAsync(request, observer: null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_pre_tokenizer_that_is_not_known_is_refused_by_name()
    {
        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => LoadAsync("no-such-kind"));
        Assert.Equal("tokenizer.ggml.pre", error.Field);
        Assert.Contains("no-such-kind", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_s_own_tokens_merges_and_flags_are_read()
    {
        GgufBuilder builder = TestGguf.Create()
            .Set("tokenizer.ggml.unknown_token_id", 7u)
            .Set("tokenizer.ggml.add_space_prefix", false)
            .Set("tokenizer.ggml.scores", [.. Enumerable.Range(0, TestGguf.VocabularySize).Select(id => id / 2f)]);
        var vocabulary = GgufVocabulary.Read(GgufFile.Open(_folder.Write("vocabulary.gguf", builder.Build())));

        Assert.Equal(TestGguf.VocabularySize, vocabulary.Tokens.Count);
        Assert.Equal("<|im_end|>"u8, vocabulary.Tokens[TestGguf.EndOfTurn]);
        Assert.Equal("Ġ t", System.Text.Encoding.UTF8.GetString(vocabulary.Merges[0]));
        Assert.Equal((7, false, 1.5f, null), (vocabulary.UnknownToken, vocabulary.AddSpacePrefix, vocabulary.Scores[3], vocabulary.Lowercase));
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(70_000u)]
    public void An_unknown_token_beyond_the_vocabulary_is_as_good_as_none(uint id)
    {
        GgufBuilder builder = TestGguf.Create().Set("tokenizer.ggml.unknown_token_id", id);

        Assert.Null(GgufVocabulary.Read(GgufFile.Open(_folder.Write("unknown.gguf", builder.Build()))).UnknownToken);
    }

    [Fact]
    public void Ids_are_those_of_llama_cpp()
    {
        string path = _folder.Write("test.gguf", TestGguf.Create().Build());
        using LLamaWeights weights = NativeLlama.Load(path, vocabularyOnly: true);
        ModelTokenizer managed = new(weights.NativeHandle, GgufVocabulary.Read(GgufFile.Open(path)));
        LlamaTokenizer native = new(weights.NativeHandle);
        Assert.Equal(native.BeginOfText, managed.BeginOfText);
        Assert.Equal(native.ControlTokens, managed.ControlTokens);
        foreach (string text in new[] { "", "the user\n", "  the <|im_end|> uses 123\r\n\t\0é日🙂\ud800", "'s 'LL" })
        {
            List<int> ids = [];
            managed.Tokenize(text, ids, TokenLimit.None);
            Assert.Equal(native.Tokenize(text, parseControl: false), ids);
        }
    }

    private static GenerationRequest Asking(string text) => new() { Messages = [new ChatMessage("user", text)] };

    private Task<LanguageModel> LoadAsync(string pre)
    {
        string path = _folder.Write($"{pre}.gguf", TestGguf.Create().Set("tokenizer.ggml.pre", pre).Build());
        return LanguageModel.LoadAsync(new ModelOptions { Path = path, Parallel = 1 }, NullLogger.Instance, TestContext.Current.CancellationToken);
    }
}
