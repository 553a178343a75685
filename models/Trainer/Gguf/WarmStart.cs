using System.Globalization;
using System.Numerics.Tensors;

using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>
/// The weights of a member that an earlier training wrote. It may have fewer layers than the shape: each
/// layer that is missing is a copy of the one before it that adds nothing yet, since what it writes back is zero, so the
/// deeper model answers as the shallower one did. The new layers stand among the last ones. And it may have another
/// vocabulary: a token that it lacks begins as the mean of those which it has for that text.
/// </summary>
internal static class WarmStart
{
    private const string EmbeddingName = "token_embd.weight";

    /// <summary>Reads a member's weights in the order of <see cref="ParameterLayout"/>, dequantised.</summary>
    /// <param name="path">The member's file.</param>
    /// <param name="shape">The shape to train.</param>
    /// <param name="tokenizer">The vocabulary to train with; the member's own if null.</param>
    /// <returns>The vocabulary and the weights.</returns>
    /// <exception cref="FormatException">The file is damaged, or a member of another shape.</exception>
    public static (BytePairTokenizer Tokenizer, float[] Weights) Read(string path, ModelShape shape, BytePairTokenizer? tokenizer = null)
    {
        GgufFile file = GgufFile.Read(path);
        try
        {
            Check(file, "llama.embedding_length", shape.Width);
            Check(file, "llama.feed_forward_length", shape.FeedForward);
            Check(file, "llama.attention.head_count", shape.Heads);
            BytePairTokenizer own = new([.. file.Get<List<object>>("tokenizer.ggml.merges").Cast<string>()]);
            if (!own.Tokens.SequenceEqual(file.Get<List<object>>("tokenizer.ggml.tokens").Cast<string>()))
                throw new FormatException("its vocabulary is not of the trainer's kind");
            int layers = (int)file.Get<uint>("llama.block_count");
            if (layers > shape.Layers || layers * 2 < shape.Layers)
                throw new FormatException($"llama.block_count is {layers}, from {(shape.Layers + 1) / 2} to {shape.Layers} can be used");
            tokenizer ??= own;
            return (tokenizer, CopyWeights(file, layers, shape, own, tokenizer));
        }
        catch (Exception error) when (error is FormatException or InvalidCastException)
        {
            throw new FormatException($"{path} cannot be a start for {shape.Name}: {error.Message}", error);
        }
    }

    private static float[] CopyWeights(
        GgufFile file, int layers, ModelShape shape, BytePairTokenizer own, BytePairTokenizer tokenizer)
    {
        ParameterLayout layout = new(shape, tokenizer.Tokens.Count);
        float[] weights = new float[layout.Length];
        int single = 2 * layers - shape.Layers;
        foreach (ParameterSlot slot in layout.Slots)
            if (slot.Name == EmbeddingName)
                CopyEmbedding(file, shape.Width, own, tokenizer, weights.AsSpan(slot.Offset, slot.Length));
            else if (SourceOf(slot.Name, single) is { } source)
                file.CopyTensor(source, weights.AsSpan(slot.Offset, slot.Length));
        return weights;
    }

    private static void CopyEmbedding(
        GgufFile file, int width, BytePairTokenizer own, BytePairTokenizer tokenizer, Span<float> target)
    {
        float[] rows = new float[own.Tokens.Count * width];
        file.CopyTensor(EmbeddingName, rows);
        List<int> parts = [];
        for (int token = 0; token < tokenizer.Tokens.Count; token++)
        {
            parts.Clear();
            if (token < SpecialTokens.FirstByte + 256)
                parts.Add(token);
            else
                own.Encode(tokenizer.Decode([token]), parts);
            Span<float> row = target.Slice(token * width, width);
            foreach (int part in parts)
                TensorPrimitives.Add(row, rows.AsSpan(part * width, width), row);
            TensorPrimitives.Divide(row, parts.Count, row);
        }
    }

    // The first layers stay single, each later one is followed by its copy, whose two outputs have no source.
    private static string? SourceOf(string tensor, int single)
    {
        string[] parts = tensor.Split('.');
        if (parts[0] != "blk" || int.Parse(parts[1], CultureInfo.InvariantCulture) is var layer && layer < single)
            return tensor;
        bool isCopy = (layer - single) % 2 == 1;
        if (isCopy && parts[2] is ("attn_output" or "ffn_down"))
            return null;
        parts[1] = (single + (layer - single) / 2).ToString(CultureInfo.InvariantCulture);
        return string.Join('.', parts);
    }

    private static void Check(GgufFile file, string key, int expected)
    {
        uint found = file.Get<uint>(key);
        if (found != expected)
            throw new FormatException($"{key} is {found} instead of {expected}");
    }
}
