using System.Text;

using CascadeLocal.Tokenizers;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// The vocabulary. llama.cpp reads types and scores as raw arrays of the tokens' length, and asserts that no token
/// occurs twice.
/// </summary>
internal static class TokenizerCheck
{
    private const string Tokens = "tokenizer.ggml.tokens";

    // The kinds of the llama.cpp build in use: SentencePiece, byte-level BPE, WordPiece, unigram, RWKV, PLaMo 2, ...
    private static readonly string[] Models = ["llama", "gpt2", "bert", "t5", "rwkv", "plamo2", "gemma4", "hybriddna"];

    // In place of one that is outside the vocabulary llama.cpp takes a token that it thinks usual. For these two that would be an
    // ordinary one, at which answers would begin or end; the others are not used, or looked for by their text as well.
    private static readonly string[] Borders = ["bos", "eos"];

    public static void Check(GgufFile file, GgufReader reader)
    {
        const string ModelKey = "tokenizer.ggml.model";
        string model = file.GetString(ModelKey) ?? throw file.Failure(ModelKey, "is missing: the file has no tokenizer");
        if (!Models.Contains(model, StringComparer.Ordinal))
            throw file.Failure(ModelKey, $"tokenizer '{model}' is not supported");

        const string PreTokenizerKey = "tokenizer.ggml.pre";
        if (model is "gpt2" or "hybriddna" && file.GetString(PreTokenizerKey) is { Length: > 0 } pre && !Tokenizer.PreTokenizers.Contains(pre))
            throw file.Failure(PreTokenizerKey, $"is '{pre}', which is no pre-tokenizer that is known");

        if (!file.TryGet(Tokens, out GgufValue? tokens))
            throw file.Failure(Tokens, "is missing: the file has no vocabulary");
        if (!tokens.IsArray || tokens.ElementType != GgufValueType.String)
            throw file.Failure(Tokens, $"is {tokens.TypeName}, but must be an array of String");
        if (tokens.Count == 0)
            throw file.Failure(Tokens, "is empty");

        CheckArray(file, "tokenizer.ggml.token_type", tokens.Count, GgufValueType.Int32, GgufValueType.UInt32);
        CheckArray(file, "tokenizer.ggml.scores", tokens.Count, GgufValueType.Float32);
        CheckArray(file, "tokenizer.ggml.merges", null, GgufValueType.String);
        CheckArray(file, "tokenizer.ggml.precompiled_charsmap", null, GgufValueType.Int8, GgufValueType.UInt8);
        CheckBorders(file, (int)tokens.Count);
        CheckUnique(file, reader, tokens);
    }

    private static void CheckArray(GgufFile file, string key, long? count, params ReadOnlySpan<GgufValueType> types)
    {
        if (!file.TryGet(key, out GgufValue? value))
            return;
        if (!value.IsArray || !types.Contains(value.ElementType))
            throw file.Failure(key, $"is {value.TypeName}, but must be an array of {string.Join(" or ", types.ToArray())}");
        if (count is not null && value.Count != count)
            throw file.Failure(key, $"has {value.Count:N0} elements for {count:N0} tokens");
    }

    private static void CheckBorders(GgufFile file, int tokens)
    {
        foreach (string name in Borders)
        {
            string key = $"tokenizer.ggml.{name}_token_id";
            if (file.TryGet(key, out GgufValue? value) && value.Numbers is [double id] && id >= tokens)
                throw file.Failure(key, $"token {id:N0} is outside the vocabulary of {tokens:N0} tokens");
        }
    }

    private static void CheckUnique(GgufFile file, GgufReader reader, GgufValue tokens)
    {
        HashSet<string> seen = new((int)Math.Min(tokens.Count, 1 << 20), StringComparer.Ordinal);
        reader.Seek(tokens.Offset);
        for (long i = 0; i < tokens.Count; i++)
        {
            int bytes = reader.ReadStringLength(Tokens);
            // Latin-1 keeps bytes apart that UTF-8 would merge. llama.cpp reads a token up to its first zero byte and
            // gives empty ones names of their own.
            string token = reader.ReadText(bytes, Encoding.Latin1, Tokens);
            int zero = token.IndexOf('\0', StringComparison.Ordinal);
            if (zero >= 0)
                token = token[..zero];
            if (token.Length > 0 && !seen.Add(token))
                throw file.Failure(Tokens, $"token {i:N0} occurs a second time");
        }
    }
}
