using System.Text.Json;

namespace CascadeLocal.Trainer.Tokenizer;

/// <summary>Keeps a tokenizer as a JSON file: all members of a tier share it.</summary>
internal static class TokenizerFile
{
    /// <summary>The file's name in a tier's folder.</summary>
    public const string Name = "tokenizer.json";

    /// <summary>Writes the merges, the only thing that differs between tokenizers.</summary>
    public static void Write(string path, BytePairTokenizer tokenizer)
    {
        Contents contents = new(tokenizer.Merges);
        File.WriteAllText(path, JsonSerializer.Serialize(contents, TrainerJson.Options) + "\n");
    }

    /// <summary>Reads a tokenizer.</summary>
    /// <exception cref="FormatException">The file holds none.</exception>
    public static BytePairTokenizer Read(string path)
    {
        try
        {
            Contents? contents = JsonSerializer.Deserialize<Contents>(File.ReadAllText(path), TrainerJson.Options);
            return new(contents?.Merges ?? throw new FormatException("no merges"));
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new FormatException($"{path} holds no tokenizer: {error.Message}", error);
        }
    }

    private sealed record Contents(IReadOnlyList<string> Merges);
}
