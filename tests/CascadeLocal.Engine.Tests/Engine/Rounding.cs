using System.Collections.Concurrent;

using CascadeLocal.Engine.Tests.Gguf;

using LLama;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What llama.cpp's kernels round differently by batch shape, measured once per model on texts of 160 tokens.</summary>
internal static class Rounding
{
    private static readonly ConcurrentDictionary<long, float> Measured = new();

    /// <summary>The largest movement of a margin, in nats.</summary>
    public static float Of(string path) => Measured.GetOrAdd(new FileInfo(path).Length, _ => Measure(path));

    private static float Measure(string path)
    {
        int[][] texts;
        using (LLamaWeights weights = NativeLlama.Load(path, vocabularyOnly: true))
        {
            LlamaTokenizer tokenizer = new(weights.NativeHandle);
            texts = [.. Enumerable.Range(0, 16).Select(i =>
                tokenizer.Tokenize(string.Join(' ', Prompts.Forty.Skip(i).Concat(Prompts.Forty)), parseControl: false)[..160])];
        }

        float largest = 0;
        PlainLoop.Position[][]? alone = null;
        foreach (bool unified in new[] { false, true })
        {
            using PlainLoop plain = new(path, contextLength: 512, unified: unified);
            alone ??= [.. texts.Take(2).Select(text => plain.Read(text))];
            largest = Math.Max(largest, plain.MeasureRounding(texts, alone));
        }

        return largest;
    }
}
