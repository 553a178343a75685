using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>The tokenizer and weights of a member that an earlier training wrote.</summary>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Weights">Its weights in the order of <see cref="ParameterLayout"/>, dequantised.</param>
internal sealed record WarmStart(BytePairTokenizer Tokenizer, float[] Weights)
{
    /// <summary>Reads a member.</summary>
    /// <exception cref="FormatException">The file is damaged, or a member of another shape.</exception>
    public static WarmStart Read(string path, ModelShape shape)
    {
        GgufFile file = GgufFile.Read(path);
        try
        {
            Check(file, "llama.embedding_length", shape.Width);
            Check(file, "llama.block_count", shape.Layers);
            Check(file, "llama.feed_forward_length", shape.FeedForward);
            Check(file, "llama.attention.head_count", shape.Heads);
            BytePairTokenizer tokenizer = new([.. file.Get<List<object>>("tokenizer.ggml.merges").Cast<string>()]);
            if (!tokenizer.Tokens.SequenceEqual(file.Get<List<object>>("tokenizer.ggml.tokens").Cast<string>()))
                throw new FormatException("its vocabulary is not of the trainer's kind");
            ParameterLayout layout = new(shape, tokenizer.Tokens.Count);
            float[] weights = new float[layout.Length];
            foreach (ParameterSlot slot in layout.Slots)
                file.CopyTensor(slot.Name, weights.AsSpan(slot.Offset, slot.Length));
            return new(tokenizer, weights);
        }
        catch (Exception error) when (error is FormatException or InvalidCastException)
        {
            throw new FormatException($"{path} cannot be a start for {shape.Name}: {error.Message}", error);
        }
    }

    private static void Check(GgufFile file, string key, int expected)
    {
        uint found = file.Get<uint>(key);
        if (found != expected)
            throw new FormatException($"{key} is {found} instead of {expected}");
    }
}
