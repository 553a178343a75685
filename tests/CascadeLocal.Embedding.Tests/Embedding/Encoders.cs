using System.Collections.Concurrent;

using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>Encoders that tests share, each loaded once.</summary>
internal static class Encoders
{
    private static readonly ConcurrentDictionary<EmbedderOptions, TextEmbedder> Loaded = new();

    /// <summary>In float32, head and tail of a long text.</summary>
    public static TextEmbedder Default => Get(new() { Precision = EncoderPrecision.Float32 });

    /// <summary>As sentence-transformers does it: float32, the head of a long text.</summary>
    public static TextEmbedder Reference => Get(new() { LongText = LongTextRule.Head, Precision = EncoderPrecision.Float32 });

    public static TextEmbedder Get(EmbedderOptions options) => Loaded.GetOrAdd(options, TextEmbedder.Load);
}
