using System.Globalization;
using System.Text;
using System.Text.Json;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Tests.Published;

/// <summary>The vocabulary of a published <c>tokenizer.json</c>, as a GGUF file would hold it.</summary>
internal sealed class PublishedVocabulary
{
    private readonly List<string?> _tokens = [];
    private readonly List<TokenKind> _kinds = [];

    private PublishedVocabulary(JsonElement root)
    {
        JsonElement model = root.GetProperty("model");
        foreach (JsonProperty token in model.GetProperty("vocab").EnumerateObject())
            Set(token.Value.GetInt32(), token.Name, IsByte(token.Name) ? TokenKind.Byte : TokenKind.Normal);
        if (root.TryGetProperty("added_tokens", out JsonElement added))
        {
            foreach (JsonElement token in added.EnumerateArray())
            {
                string content = token.GetProperty("content").GetString()!;
                // llama.cpp takes some tokens that look like this for control tokens, whatever their kind.
                bool isControl = token.GetProperty("special").GetBoolean() || content.StartsWith("<|", StringComparison.Ordinal)
                    || content.StartsWith("<｜", StringComparison.Ordinal) || content == "</s>";
                Set(token.GetProperty("id").GetInt32(), content, isControl ? TokenKind.Control : TokenKind.UserDefined);
            }
        }

        Merges = model.TryGetProperty("merges", out JsonElement merges) ? [.. merges.EnumerateArray().Select(Merge)] : [];
        for (int id = 0; id < _tokens.Count; id++)
        {
            if (_tokens[id] is { Length: > 0 })
                continue;
            _tokens[id] = string.Create(CultureInfo.InvariantCulture, $"[unused {id}]");
            _kinds[id] = TokenKind.Unused;
        }
    }

    public IReadOnlyList<string> Tokens => _tokens!;

    public IReadOnlyList<TokenKind> Kinds => _kinds;

    public IReadOnlyList<string> Merges { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    public static PublishedVocabulary Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new(document.RootElement);
    }

    /// <summary>The vocabulary under a model and a pre-tokenizer.</summary>
    public TokenizerVocabulary As(string model, string? preTokenizer) => new()
    {
        Model = model,
        PreTokenizer = preTokenizer,
        Tokens = [.. Tokens.Select(Encoding.UTF8.GetBytes)],
        Kinds = Kinds,
        Merges = [.. Merges.Select(Encoding.UTF8.GetBytes)],
    };

    private void Set(int id, string text, TokenKind kind)
    {
        while (_tokens.Count <= id)
        {
            _tokens.Add(null);
            _kinds.Add(TokenKind.Unused);
        }

        _tokens[id] = text;
        _kinds[id] = kind;
    }

    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.String
        ? merge.GetString()!
        : $"{merge[0].GetString()} {merge[1].GetString()}";

    private static bool IsByte(string text) => text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>';
}
