using System.Security.Cryptography;

using CascadeLocal.Routing.Embedding.Safetensors;

namespace CascadeLocal.Routing.Embedding.MiniLm;

/// <summary>
/// all-MiniLM-L6-v2 as an encoder's folder in the user's cache, made from the package on first use. Several processes may
/// do so at once: each makes a folder of its own, and the first to finish renames it into place.
/// </summary>
internal static class MiniLmCache
{
    private const string Version = "all-MiniLM-L6-v2-24.9.52193";

    private const string Configuration = """
        {
          "model_type": "bert",
          "hidden_act": "gelu",
          "hidden_size": 384,
          "intermediate_size": 1536,
          "layer_norm_eps": 1e-12,
          "max_position_embeddings": 512,
          "num_attention_heads": 12,
          "num_hidden_layers": 6,
          "position_embedding_type": "absolute",
          "type_vocab_size": 2,
          "vocab_size": 30522
        }

        """;

    /// <summary>The original takes 256 pieces, whatever its tokeniser's settings say.</summary>
    private const string SentenceConfiguration = """{ "max_seq_length": 256 }""";

    /// <summary>
    /// The SHA-256 of the files that are converted. The vocabulary's is that of the original; the weights' is that of this
    /// conversion, whose vectors the tests compare with the original's.
    /// </summary>
    private static readonly IReadOnlyDictionary<string, string> Hashes = new Dictionary<string, string>
    {
        ["model.safetensors"] = "213fa2521b1ba1cafc03b226149060c24261adf122546ddba2124893c0db8e46",
        ["vocab.txt"] = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    };

    private static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["config.json"] = Configuration,
        ["sentence_bert_config.json"] = SentenceConfiguration,
    };

    /// <summary>The folder below the user's cache that converted encoders are kept in.</summary>
    public static string DefaultRoot => Path.Combine(UserCache(), "cascade-local", "encoders");

    /// <summary>The folder of the encoder, made or repaired first if need be.</summary>
    /// <param name="root">Where converted encoders are kept.</param>
    /// <exception cref="EmbeddingException">The package's library is missing or the cache cannot be written.</exception>
    public static string Ensure(string root)
    {
        string folder = Path.Combine(root, Version);
        if (IsIntact(folder))
            return folder;
        try
        {
            Directory.CreateDirectory(root);
            string made = Path.Combine(root, $".{Version}-{Guid.NewGuid():N}");
            Convert(made);
            Replace(folder, made);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddingException(
                $"the encoder's weights cannot be written to {root}: {error.Message} (XDG_CACHE_HOME names another cache)", error);
        }

        return IsIntact(folder)
            ? folder
            : throw new EmbeddingException($"{folder}: the converted weights are not those that were expected");
    }

    private static void Convert(string folder)
    {
        Directory.CreateDirectory(folder);
        IReadOnlyList<string> vocabulary = MiniLmPackage.ReadVocabulary();
        File.WriteAllText(Path.Combine(folder, "vocab.txt"), string.Join('\n', vocabulary) + '\n');
        foreach ((string name, string text) in Settings)
            File.WriteAllText(Path.Combine(folder, name), text);
        using FileStream weights = File.Create(Path.Combine(folder, "model.safetensors"));
        SafetensorsWriter.Write(weights, MiniLmPackage.ReadWeights());
        weights.Flush(flushToDisk: true);
    }

    /// <summary>A damaged folder makes way; one that another process has finished meanwhile stays.</summary>
    private static void Replace(string folder, string made)
    {
        if (Directory.Exists(folder) && !IsIntact(folder))
        {
            string damaged = $"{made}-damaged";
            Directory.Move(folder, damaged);
            Directory.Delete(damaged, recursive: true);
        }

        try
        {
            Directory.Move(made, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(made, recursive: true);
        }
    }

    private static bool IsIntact(string folder) =>
        Settings.All(file => HasText(Path.Combine(folder, file.Key), file.Value))
        && Hashes.All(file => HasHash(Path.Combine(folder, file.Key), file.Value));

    private static bool HasText(string path, string expected) => File.Exists(path) && File.ReadAllText(path) == expected;

    private static bool HasHash(string path, string expected)
    {
        if (!File.Exists(path))
            return false;
        using FileStream file = File.OpenRead(path);
        return System.Convert.ToHexStringLower(SHA256.HashData(file)) == expected;
    }

    private static string UserCache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
