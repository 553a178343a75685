using System.Text;

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

    private static readonly string[] SpecialTokens =
    [
        "bos", "eos", "eot", "eom", "unknown", "seperator", "padding", "cls", "mask", "fim_pre", "fim_suf", "fim_mid",
        "fim_pad", "fim_rep", "fim_sep", "prefix", "suffix", "middle",
    ];

    public static void Check(GgufFile file, GgufReader reader)
    {
        const string ModelKey = "tokenizer.ggml.model";
        string model = file.GetString(ModelKey) ?? throw file.Failure(ModelKey, "is missing: the file has no tokenizer");
        if (!Models.Contains(model, StringComparer.Ordinal))
            throw file.Failure(ModelKey, $"tokenizer '{model}' is not supported");

        if (!file.TryGet(Tokens, out GgufValue? tokens))
            throw file.Failure(Tokens, "is missing: the file has no vocabulary");
        if (!tokens.IsArray || tokens.ElementType != GgufValueType.String)
            throw file.Failure(Tokens, "is no array of strings");
        if (tokens.Count == 0)
            throw file.Failure(Tokens, "is empty");

        CheckArray(file, "tokenizer.ggml.token_type", tokens.Count, GgufValueType.Int32, GgufValueType.UInt32);
        CheckArray(file, "tokenizer.ggml.scores", tokens.Count, GgufValueType.Float32);
        CheckArray(file, "tokenizer.ggml.merges", null, GgufValueType.String);
        CheckArray(file, "tokenizer.ggml.precompiled_charsmap", null, GgufValueType.Int8, GgufValueType.UInt8);
        CheckSpecialTokens(file, (int)tokens.Count);
        CheckUnique(file, reader, tokens);
    }

    private static void CheckArray(GgufFile file, string key, long? count, params ReadOnlySpan<GgufValueType> types)
    {
        if (!file.TryGet(key, out GgufValue? value))
            return;
        if (!value.IsArray || !types.Contains(value.ElementType))
            throw file.Failure(key, $"is no array of {string.Join(" or ", types.ToArray())}");
        if (count is not null && value.Count != count)
            throw file.Failure(key, $"has {value.Count:N0} elements for {count:N0} tokens");
    }

    private static void CheckSpecialTokens(GgufFile file, int tokens)
    {
        foreach (string name in SpecialTokens)
        {
            string key = $"tokenizer.ggml.{name}_token_id";
            if (file.TryGet(key, out GgufValue? value) && value.Type == GgufValueType.UInt32 && value.Numbers![0] == uint.MaxValue)
                continue; // llama.cpp's way of writing "none"
            if (file.GetCount(key) is int id && id >= tokens)
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
