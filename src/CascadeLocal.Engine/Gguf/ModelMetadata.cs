using CascadeLocal.Engine.Sampling;

namespace CascadeLocal.Engine.Gguf;

/// <summary>What a model file says about its model.</summary>
internal sealed record ModelMetadata
{
    /// <summary><c>general.architecture</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>general.name</c>, else the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens the model was trained for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Layers.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Query heads of each layer; 0 in layers without attention.</summary>
    public required IReadOnlyList<int> HeadCount { get; init; }

    /// <summary>Key and value heads of each layer; 0 in layers without attention.</summary>
    public required IReadOnlyList<int> KvHeadCount { get; init; }

    /// <summary>Elements of one head's key.</summary>
    public required int KeyLength { get; init; }

    /// <summary>Elements of one head's value.</summary>
    public required int ValueLength { get; init; }

    /// <summary>Tokens a sliding-window layer attends to; null if there is no such layer.</summary>
    public required int? SlidingWindow { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>How most weights are stored, such as <c>Q8_0</c> or <c>Q4_K_M</c>.</summary>
    public required string Quantization { get; init; }

    /// <summary>Elements of all tensors.</summary>
    public required long ParameterCount { get; init; }

    /// <summary><c>tokenizer.chat_template</c>, if there is one.</summary>
    public required string? ChatTemplate { get; init; }

    /// <summary><c>general.sampling.*</c>.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Bytes of one token's keys and values over all layers, keys and values stored as given.</summary>
    public long KvBytesPerToken(GgmlType key, GgmlType value)
    {
        long bytes = 0;
        foreach (int heads in KvHeadCount)
            bytes = checked(bytes + key.RowBytes((long)heads * KeyLength) + value.RowBytes((long)heads * ValueLength));
        return bytes;
    }
}
