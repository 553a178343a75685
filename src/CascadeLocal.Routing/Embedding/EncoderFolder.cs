using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// An encoder as HuggingFace lays it out: config.json, model.safetensors and vocab.txt, and where they are there, the
/// settings of sentence-transformers beside them.
/// </summary>
internal sealed class EncoderFolder
{
    private const int DefaultMaximumPieces = 512;
    private readonly string _path;

    /// <summary>Reads the settings and the vocabulary; the weights are read by <see cref="BertWeights"/>.</summary>
    /// <exception cref="EmbeddingException">A file is missing, damaged or of an encoder that cannot be run.</exception>
    public EncoderFolder(string path)
    {
        _path = path;
        string config = Require("config.json");
        Vocabulary = File.ReadAllLines(Require("vocab.txt"));
        WeightsFile = Require("model.safetensors");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(config));
            Shape = ReadShape(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new EmbeddingException($"{config}: {error.Message}", error);
        }

        if (Vocabulary.Count > Shape.Vocabulary)
        {
            throw new EmbeddingException(
                $"{path}: vocab.txt has {Vocabulary.Count} lines, the model {Shape.Vocabulary} embeddings");
        }

        int longest = Math.Min(DefaultMaximumPieces, Shape.Positions);
        MaximumPieces = Math.Min(longest, Setting("sentence_bert_config.json", "max_seq_length", longest, e => e.GetInt32()));
        FoldsCase = Setting("tokenizer_config.json", "do_lower_case", true, e => e.GetBoolean());
        Pooling = Setting(Path.Combine("1_Pooling", "config.json"), "pooling_mode_cls_token", false, e => e.GetBoolean())
            ? PoolingRule.FirstToken
            : PoolingRule.Mean;
        if (MaximumPieces < 4)
            throw new EmbeddingException($"{path}: an encoder of {MaximumPieces} tokens cannot hold a text");
    }

    public BertShape Shape { get; }

    /// <summary>The lines of vocab.txt; a piece's id is its line.</summary>
    public IReadOnlyList<string> Vocabulary { get; }

    public string WeightsFile { get; }

    /// <summary>Most ids of a text, with [CLS] and [SEP].</summary>
    public int MaximumPieces { get; }

    public bool FoldsCase { get; }

    public PoolingRule Pooling { get; }

    /// <summary>A hash of everything that decides the vectors.</summary>
    public string Fingerprint(LongTextRule longText)
    {
        string decides = string.Join('\n', FileHash(WeightsFile), FileHash(Path.Combine(_path, "vocab.txt")), Shape,
            MaximumPieces, FoldsCase, Pooling, longText);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(decides)));
    }

    private static string FileHash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static BertShape ReadShape(JsonElement config)
    {
        RequireText(config, "model_type", "bert");
        RequireText(config, "hidden_act", "gelu");
        RequireText(config, "position_embedding_type", "absolute");
        BertShape shape = new()
        {
            Vocabulary = Positive(config, "vocab_size"),
            Hidden = Positive(config, "hidden_size"),
            Layers = Positive(config, "num_hidden_layers"),
            Heads = Positive(config, "num_attention_heads"),
            Intermediate = Positive(config, "intermediate_size"),
            Positions = Positive(config, "max_position_embeddings"),
            TokenTypes = Positive(config, "type_vocab_size"),
            Epsilon = config.TryGetProperty("layer_norm_eps", out JsonElement epsilon) ? epsilon.GetDouble() : 1e-12,
        };
        return shape.Hidden % shape.Heads == 0
            ? shape
            : throw new FormatException("hidden_size is no multiple of num_attention_heads");
    }

    private static int Positive(JsonElement config, string name)
    {
        int value = config.TryGetProperty(name, out JsonElement element)
            ? element.GetInt32()
            : throw new FormatException($"{name} is missing");
        return value > 0 ? value : throw new FormatException($"{name} is {value}");
    }

    private static void RequireText(JsonElement config, string name, string supported)
    {
        if (config.TryGetProperty(name, out JsonElement element) && element.GetString() != supported)
            throw new FormatException($"{name} is '{element}'; only '{supported}' can be run");
    }

    private string Require(string file)
    {
        string path = Path.Combine(_path, file);
        return File.Exists(path)
            ? path
            : throw new EmbeddingException(
                $"{path} is missing; an encoder's folder has config.json, model.safetensors and vocab.txt");
    }

    private T Setting<T>(string file, string name, T otherwise, Func<JsonElement, T> read)
    {
        string path = Path.Combine(_path, file);
        if (!File.Exists(path))
            return otherwise;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            bool isStated = document.RootElement.TryGetProperty(name, out JsonElement element)
                && element.ValueKind != JsonValueKind.Null;
            return isStated ? read(element) : otherwise;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new EmbeddingException($"{path}: {name}: {error.Message}", error);
        }
    }
}
