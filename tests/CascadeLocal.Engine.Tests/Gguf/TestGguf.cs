using System.Globalization;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>
/// A complete little llama model with random weights, a byte-level tokenizer and a ChatML template. llama.cpp loads it;
/// what it says makes no sense, but it says it the same way every time.
/// </summary>
internal static class TestGguf
{
    public const int ContextLength = 4096;
    public const int EmbeddingLength = 32;
    public const int Layers = 2;
    public const int Heads = 4;
    public const int KvHeads = 2;

    private const int FeedForward = 64;
    private const int HeadLength = EmbeddingLength / Heads;

    private static readonly string[] Control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

    // Left part, right part, in the order of their rank. Ġ is a space in the byte-level alphabet.
    private static readonly string[] Merges = ["Ġ t", "h e", "Ġt he", "i n", "e r", "u s", "us er"];

    private const string Template =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    public static int VocabularySize { get; } = Tokens().Length;

    /// <summary>Id of the token that ends a turn.</summary>
    public static int EndOfTurn { get; } = 2;

    /// <summary>The model, ready to be written or spoiled.</summary>
    public static GgufBuilder Create(int seed = 1)
    {
        string[] tokens = Tokens();
        GgufBuilder builder = new GgufBuilder()
            .Set("general.architecture", "llama")
            .Set("general.name", "Test model")
            .Set("general.file_type", 0u)
            .Set("llama.context_length", (uint)ContextLength)
            .Set("llama.embedding_length", (uint)EmbeddingLength)
            .Set("llama.block_count", (uint)Layers)
            .Set("llama.feed_forward_length", (uint)FeedForward)
            .Set("llama.attention.head_count", (uint)Heads)
            .Set("llama.attention.head_count_kv", (uint)KvHeads)
            .Set("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .Set("llama.rope.dimension_count", (uint)HeadLength)
            .Set("llama.rope.freq_base", 10_000f)
            .Set("tokenizer.ggml.model", "gpt2")
            .Set("tokenizer.ggml.pre", "gpt-2")
            .Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.token_type", [.. tokens.Select((_, id) => id < Control.Length ? 3 : 1)])
            .Set("tokenizer.ggml.merges", Merges)
            .Set("tokenizer.ggml.bos_token_id", 0u)
            .Set("tokenizer.ggml.eos_token_id", (uint)EndOfTurn)
            .Set("tokenizer.ggml.add_bos_token", value: false)
            .Set("tokenizer.chat_template", Template);
        AddTensors(builder, new Random(seed));
        return builder;
    }

    /// <summary>Writes the model to <paramref name="path"/>.</summary>
    public static void Write(string path, int seed = 1) => File.WriteAllBytes(path, Create(seed).Build());

    private static void AddTensors(GgufBuilder builder, Random random)
    {
        builder.Add(Weights("token_embd.weight", random, EmbeddingLength, VocabularySize));
        for (int layer = 0; layer < Layers; layer++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.");
            builder.Add(Ones(prefix + "attn_norm.weight"));
            builder.Add(Weights(prefix + "attn_q.weight", random, EmbeddingLength, EmbeddingLength));
            builder.Add(Weights(prefix + "attn_k.weight", random, EmbeddingLength, KvHeads * HeadLength));
            builder.Add(Weights(prefix + "attn_v.weight", random, EmbeddingLength, KvHeads * HeadLength));
            builder.Add(Weights(prefix + "attn_output.weight", random, EmbeddingLength, EmbeddingLength));
            builder.Add(Ones(prefix + "ffn_norm.weight"));
            builder.Add(Weights(prefix + "ffn_gate.weight", random, EmbeddingLength, FeedForward));
            builder.Add(Weights(prefix + "ffn_up.weight", random, EmbeddingLength, FeedForward));
            builder.Add(Weights(prefix + "ffn_down.weight", random, FeedForward, EmbeddingLength));
        }

        builder.Add(Ones("output_norm.weight"));
        builder.Add(Weights("output.weight", random, EmbeddingLength, VocabularySize));
    }

    private static TestTensor Weights(string name, Random random, int columns, int rows)
    {
        double scale = 2 / Math.Sqrt(columns);
        return F32(name, [(ulong)columns, (ulong)rows], Enumerable.Range(0, columns * rows).Select(_ => (float)((random.NextDouble() - 0.5) * 2 * scale)));
    }

    private static TestTensor Ones(string name) => F32(name, [EmbeddingLength], Enumerable.Repeat(1f, EmbeddingLength));

    private static TestTensor F32(string name, ulong[] dimensions, IEnumerable<float> values) =>
        new(name, dimensions, 0, [.. values.SelectMany(BitConverter.GetBytes)]);

    private static string[] Tokens() => [.. Control, .. Enumerable.Range(0, 256).Select(ByteLetter), .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];

    /// <summary>GPT-2's printable stand-in for a byte.</summary>
    private static string ByteLetter(int value)
    {
        if (IsPrintable(value))
            return ((char)value).ToString();
        int rank = Enumerable.Range(0, value).Count(other => !IsPrintable(other));
        return ((char)(256 + rank)).ToString();
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
