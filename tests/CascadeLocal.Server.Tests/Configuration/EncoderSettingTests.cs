using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

/// <summary>Which encoder embeds, and what is said of a folder that holds none.</summary>
public sealed class EncoderSettingTests : IDisposable
{
    private static readonly Settings Nothing = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Encoder(string name)
    {
        string folder = _folder.File(name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            { "model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8,
              "max_position_embeddings": 16, "type_vocab_size": 2, "vocab_size": 4 }
            """);
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "read when it is loaded");
        return folder;
    }

    [Fact]
    public void Without_a_setting_it_is_the_one_that_comes_with_the_program()
    {
        EmbedderOptions options = OptionsResolver.ResolveEmbedder(Nothing, Nothing, Nothing);

        Assert.Equal((null, "all-MiniLM-L6-v2", EncoderPrecision.Automatic), (options.Folder, options.Name, options.Precision));
    }

    [Fact]
    public void Flags_win_over_the_environment_and_that_over_the_file()
    {
        Settings file = new() { Encoder = Encoder("a"), EncoderPrecision = EncoderPrecision.Float32 };
        Settings environment = new() { Encoder = Encoder("b") };

        Assert.Equal(("b", EncoderPrecision.Float32), Chosen(OptionsResolver.ResolveEmbedder(file, environment, Nothing)));
        Assert.Equal(("c", EncoderPrecision.Float32), Chosen(OptionsResolver.ResolveEmbedder(file, environment, new() { Encoder = Encoder("c") })));
        static (string, EncoderPrecision) Chosen(EmbedderOptions options) => (options.Name, options.Precision);
    }

    [Fact]
    public void A_folder_in_the_file_is_relative_to_the_file_and_the_server_takes_it()
    {
        Encoder("mine");
        string config = _folder.File("cascade.json");
        File.WriteAllText(config, """{ "encoder": "mine", "encoder_precision": "float32", "pool": [{ "path": "a.gguf" }] }""");

        ServerOptions options = ConfigurationLoader.Load(config, Nothing);

        Assert.Equal((_folder.File("mine"), EncoderPrecision.Float32), (options.Embedder.Folder, options.Embedder.Precision));
    }

    [Theory]
    [InlineData("config.json", null, "config.json is missing")]
    [InlineData("vocab.txt", null, "vocab.txt is missing")]
    [InlineData("model.safetensors", null, "model.safetensors is missing")]
    [InlineData("config.json", """{ "model_type": "gpt2" }""", "only 'bert' can be run")]
    [InlineData("config.json", "{", "config.json")]
    [InlineData("vocab.txt", "1\n2\n3\n4\n5\n", "vocab.txt has 5 lines")]
    public void A_folder_that_holds_no_encoder_is_refused_with_the_file_and_the_reason(string file, string? content, string reason)
    {
        string path = Path.Combine(Encoder("bad"), file);
        if (content is null)
            File.Delete(path);
        else
            File.WriteAllText(path, content);

        ConfigurationException error = Assert.Throws<ConfigurationException>(
            () => OptionsResolver.ResolveEmbedder(new() { Encoder = _folder.File("bad") }, Nothing, Nothing));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_and_flags_say_it_as_text()
    {
        Settings settings = SettingsText.FromEnvironment(name => name switch
        {
            "CASCADE_ENCODER" => "/a",
            "CASCADE_ENCODER_PRECISION" => "bfloat16",
            _ => null,
        });

        Assert.Equal(("/a", EncoderPrecision.BFloat16), (settings.Encoder, settings.EncoderPrecision));
        Assert.Throws<ConfigurationException>(() => SettingsText.With(settings, "encoder_precision", "8", "--encoder-precision"));
    }
}
