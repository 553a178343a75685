using CascadeLocal.Routing.Embedding;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Another encoder, named by its folder.</summary>
public sealed class EncoderFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_encoder_of_a_folder_embeds()
    {
        TinyEncoder.Write(_folder.Path);
        using TextEmbedder embedder = Load();
        float[] red = await Embed(embedder, "Red!");
        float[] bluish = await Embed(embedder, "a BLUEISH text");
        Assert.Equal(TinyEncoder.Hidden, embedder.Dimensions);
        Assert.Equal(TinyEncoder.Hidden, red.Length);
        Assert.Equal(1, red.Sum(value => value * value), 1e-5);
        Assert.NotEqual(red, bluish);
    }

    [Fact]
    public async Task The_encoder_inside_a_model_with_a_head_is_the_same()
    {
        TinyEncoder.Write(_folder.File("bare"));
        TinyEncoder.Write(_folder.File("headed"), prefix: "bert.");
        using TextEmbedder bare = TextEmbedder.Load(new() { Folder = _folder.File("bare") });
        using TextEmbedder headed = TextEmbedder.Load(new() { Folder = _folder.File("headed") });
        Assert.Equal(await Embed(bare, "red blue"), await Embed(headed, "red blue"));
    }

    [Fact]
    public async Task Settings_of_sentence_transformers_are_followed()
    {
        TinyEncoder.Write(_folder.Path);
        using TextEmbedder plain = Load();
        Write("tokenizer_config.json", """{ "do_lower_case": false }""");
        using TextEmbedder cased = Load();
        Write("1_Pooling/config.json", """{ "pooling_mode_cls_token": true }""");
        using TextEmbedder first = Load();
        Write("sentence_bert_config.json", """{ "max_seq_length": 5 }""");
        using TextEmbedder cut = Load();

        Assert.Equal(await Embed(plain, "É"), await Embed(plain, "unheard"));   // folded to e, which is unknown
        Assert.NotEqual(await Embed(cased, "É"), await Embed(cased, "unheard"));
        Assert.NotEqual(await Embed(cased, "red"), await Embed(first, "red"));
        Assert.Equal(await Embed(cut, "red blue red"), await Embed(cut, "red red red blue red"));
        string[] fingerprints = [plain.Fingerprint, cased.Fingerprint, first.Fingerprint, cut.Fingerprint];
        Assert.Equal(4, fingerprints.Distinct().Count());
    }

    [Fact]
    public void What_decides_the_vectors_is_in_the_fingerprint()
    {
        TinyEncoder.Write(_folder.Path);
        using TextEmbedder one = Load();
        using TextEmbedder same = Load();
        using TextEmbedder head = TextEmbedder.Load(new() { Folder = _folder.Path, LongText = LongTextRule.Head });
        Assert.Equal(one.Fingerprint, same.Fingerprint);
        Assert.NotEqual(one.Fingerprint, head.Fingerprint);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("vocab.txt")]
    [InlineData("model.safetensors")]
    public void A_missing_file_is_named(string file)
    {
        TinyEncoder.Write(_folder.Path);
        File.Delete(_folder.File(file));
        Assert.Contains(file, Refusal());
    }

    [Theory]
    [InlineData(", \"model_type\": \"roberta\"", "only 'bert' can be run")]
    [InlineData(", \"hidden_act\": \"relu\"", "only 'gelu' can be run")]
    [InlineData(", \"hidden_size\": 10", "tensor embeddings.word_embeddings.weight is [9, 8], not [9, 10]")]
    [InlineData(", \"num_attention_heads\": 3", "no multiple")]
    [InlineData(", \"num_hidden_layers\": 3", "no tensor encoder.layer.2")]
    [InlineData(", \"num_hidden_layers\": -1", "num_hidden_layers is -1")]
    [InlineData(", \"vocab_size\": 5", "vocab.txt has 9 lines, the model 5 embeddings")]
    [InlineData("nonsense", "config.json")]
    public void What_cannot_be_run_is_refused_with_the_reason(string settings, string reason)
    {
        TinyEncoder.Write(_folder.Path, settings: settings);
        Assert.Contains(reason, Refusal());
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        TinyEncoder.Write(_folder.Path, leftOut: "encoder.layer.1.output.dense.bias");
        Assert.Contains("encoder.layer.1.output.dense.bias", Refusal());
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99")]
    public void A_device_that_is_not_there_is_refused(string device)
    {
        TinyEncoder.Write(_folder.Path);
        EmbedderOptions options = new() { Folder = _folder.Path, Device = device };
        Assert.Contains($"device '{device}'", Assert.Throws<EmbeddingException>(() => TextEmbedder.Load(options)).Message);
    }

    private TextEmbedder Load() => TextEmbedder.Load(new() { Folder = _folder.Path });

    private string Refusal() => Assert.Throws<EmbeddingException>(Load).Message;

    private void Write(string file, string text)
    {
        string path = _folder.File(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static Task<float[]> Embed(TextEmbedder embedder, string text) =>
        embedder.EmbedAsync(text, TestContext.Current.CancellationToken);
}
