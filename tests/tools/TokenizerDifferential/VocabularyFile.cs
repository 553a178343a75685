using System.Text;

using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.TokenizerDifferential;

/// <summary>Writes a vocabulary as a GGUF file without weights, which llama.cpp loads for its tokenizer.</summary>
internal static class VocabularyFile
{
    public static void Write(string path, TokenizerVocabulary vocabulary)
    {
        GgufBuilder builder = new GgufBuilder()
            .Set("general.architecture", "llama")
            .Set("general.name", "Vocabulary")
            .Set("llama.context_length", 4096u)
            .Set("llama.embedding_length", 32u)
            .Set("llama.block_count", 1u)
            .Set("llama.feed_forward_length", 32u)
            .Set("llama.attention.head_count", 4u)
            .Set("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .Set("tokenizer.ggml.model", vocabulary.Model)
            .Set("tokenizer.ggml.tokens", [.. vocabulary.Tokens.Select(Encoding.UTF8.GetString)])
            .Set("tokenizer.ggml.token_type", [.. Enumerable.Range(0, vocabulary.Tokens.Count).Select(id => id < vocabulary.Kinds.Count ? (int)vocabulary.Kinds[id] : 1)])
            .Set("tokenizer.ggml.bos_token_id", 0u)
            .Set("tokenizer.ggml.eos_token_id", 0u)
            .Set("tokenizer.ggml.add_bos_token", false)
            .Set("tokenizer.ggml.add_eos_token", false)
            .Set("tokenizer.ggml.add_sep_token", false);
        if (vocabulary.PreTokenizer is { } preTokenizer)
            builder.Set("tokenizer.ggml.pre", preTokenizer);
        if (vocabulary.Scores.Count > 0)
            builder.Set("tokenizer.ggml.scores", [.. vocabulary.Scores]);
        if (vocabulary.Merges.Count > 0)
            builder.Set("tokenizer.ggml.merges", [.. vocabulary.Merges.Select(Encoding.UTF8.GetString)]);
        if (vocabulary.UnknownToken is int unknown)
            builder.Set("tokenizer.ggml.unknown_token_id", (uint)unknown);
        if (vocabulary.AddSpacePrefix is bool addsSpace)
            builder.Set("tokenizer.ggml.add_space_prefix", addsSpace);
        builder.Set("tokenizer.ggml.remove_extra_whitespaces", vocabulary.RemoveExtraWhitespaces);
        if (vocabulary.PrecompiledCharsMap is { Length: > 0 } map)
            builder.SetRaw("tokenizer.ggml.precompiled_charsmap", 9, writer =>
            {
                writer.Write(0u);
                writer.Write((ulong)map.Length);
                writer.Write(map);
            });
        if (vocabulary.Lowercase is bool lowercase)
            builder.Set("tokenizer.ggml.normalizer.lowercase", lowercase);
        if (vocabulary.StripAccents is bool strips)
            builder.Set("tokenizer.ggml.normalizer.strip_accents", strips);
        File.WriteAllBytes(path, builder.Build());
    }
}
