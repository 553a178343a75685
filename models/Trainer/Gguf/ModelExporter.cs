using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;

using LLama;
using LLama.Native;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>Writes a trained model as GGUF, and the quantised file that ships.</summary>
internal static class ModelExporter
{
    private const int ControlType = 3;
    private const int UserDefinedType = 4;
    private const int NormalType = 1;

    /// <summary>Writes all weights as 32-bit numbers.</summary>
    /// <param name="path">Where; an existing file is replaced.</param>
    /// <param name="shape">The model's dimensions.</param>
    /// <param name="tokenizer">Its vocabulary.</param>
    /// <param name="weights">In the order of <see cref="ParameterLayout"/>.</param>
    public static void WriteFloat32(string path, ModelShape shape, BytePairTokenizer tokenizer, float[] weights)
    {
        ParameterLayout layout = new(shape, tokenizer.Tokens.Count);
        GgufWriter.Write(path, Metadata(shape, tokenizer, layout), [.. layout.Slots.Select(slot => new GgufTensor(
            slot.Name,
            slot.IsVector ? [(ulong)slot.Columns] : [(ulong)slot.Columns, (ulong)slot.Rows],
            () => weights.AsMemory(slot.Offset, slot.Length)))]);
    }

    /// <summary>Quantises a file, the output head (which is the embedding) included.</summary>
    /// <param name="source">A file of 32-bit numbers.</param>
    /// <param name="target">Where; an existing file is replaced.</param>
    /// <param name="type">How its weights are stored.</param>
    /// <exception cref="IOException">llama.cpp could not.</exception>
    public static void Quantize(string source, string target, LLamaFtype type = LLamaFtype.MOSTLY_Q8_0)
    {
        LlamaCppLibrary.Prepare();
        if (!LLamaQuantizer.Quantize(source, target, type, nthread: 1, allowRequantize: true, quantizeOutputTensor: true))
            throw new IOException($"llama.cpp could not quantise {source}");
    }

    private static List<KeyValuePair<string, object>> Metadata(
        ModelShape shape, BytePairTokenizer tokenizer, ParameterLayout layout) =>
    [
        new("general.architecture", "llama"),
        new("general.type", "model"),
        new("general.name", $"cascade-{shape.Name}"),
        new("general.description",
            "A small chat model for a fixed set of short tasks, trained from scratch on generated questions."),
        new("general.license", "apache-2.0"),
        new("general.file_type", 0u),
        new("general.quantization_version", 2u),
        new("general.parameter_count", (ulong)layout.Length),
        new("general.sampling.temp", 0f),
        new("llama.vocab_size", (uint)tokenizer.Tokens.Count),
        new("llama.context_length", (uint)ModelShape.ContextLength),
        new("llama.embedding_length", (uint)shape.Width),
        new("llama.block_count", (uint)shape.Layers),
        new("llama.feed_forward_length", (uint)shape.FeedForward),
        new("llama.attention.head_count", (uint)shape.Heads),
        new("llama.attention.head_count_kv", (uint)shape.Heads),
        new("llama.rope.dimension_count", (uint)ModelShape.HeadWidth),
        new("llama.attention.layer_norm_rms_epsilon", ModelShape.NormEpsilon),
        new("llama.rope.freq_base", ModelShape.RopeBase),
        new("tokenizer.ggml.model", "gpt2"),
        new("tokenizer.ggml.pre", "gpt-2"),
        new("tokenizer.ggml.tokens", tokenizer.Tokens),
        new("tokenizer.ggml.token_type", TokenTypes(tokenizer)),
        new("tokenizer.ggml.merges", tokenizer.Merges),
        new("tokenizer.ggml.bos_token_id", (uint)SpecialTokens.EndOfText),
        new("tokenizer.ggml.eos_token_id", (uint)SpecialTokens.TurnEnd),
        new("tokenizer.ggml.padding_token_id", (uint)SpecialTokens.EndOfText),
        new("tokenizer.ggml.add_bos_token", false),
        new("tokenizer.chat_template", ChatTemplate.Jinja),
    ];

    private static int[] TokenTypes(BytePairTokenizer tokenizer) =>
    [
        .. Enumerable.Repeat(ControlType, SpecialTokens.Control.Count),
        .. Enumerable.Repeat(UserDefinedType, SpecialTokens.Roles.Count),
        .. Enumerable.Repeat(NormalType, tokenizer.Tokens.Count - SpecialTokens.FirstByte),
    ];
}
