using CascadeLocal.Routing.Tensors;

using TorchSharp;

namespace CascadeLocal.Routing.Embedding;

/// <summary>The tensors of a BERT encoder, by their HuggingFace names, each checked against the shape it must have.</summary>
internal sealed class BertWeights : IDisposable
{
    private const string Bare = "embeddings.word_embeddings.weight";
    private readonly SafetensorsFile _file;
    private readonly string _prefix;
    private readonly torch.Device? _device;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where its tensors are wanted; null if none is.</param>
    /// <exception cref="FormatException">It is damaged.</exception>
    public BertWeights(string path, torch.Device? device = null)
    {
        _device = device;
        _file = new(path);
        _prefix = _file.Names.Contains(Bare) ? "" : "bert.";  // with a head, the encoder is a part of the model
    }

    /// <summary>Reads a float32 tensor; it belongs to the caller.</summary>
    /// <exception cref="FormatException">It is missing or has another shape.</exception>
    public torch.Tensor Read(string name, params int[] shape) =>
        torch.tensor(Values(name, shape), [.. shape.Select(size => (long)size)], device: _device);

    /// <summary>Reads the numbers of a tensor, row-major.</summary>
    /// <exception cref="FormatException">It is missing or has another shape.</exception>
    public float[] Values(string name, params int[] shape)
    {
        NamedTensor tensor = _file.Read(_prefix + name);
        return tensor.Shape.SequenceEqual(shape)
            ? tensor.Values
            : throw new FormatException(
                $"tensor {tensor.Name} is [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", shape)}]");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}

/// <summary>The sizes of a BERT encoder.</summary>
internal sealed record BertShape
{
    public required int Vocabulary { get; init; }

    /// <summary>Length of a token's vector.</summary>
    public required int Hidden { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width between the two products of a feed-forward block.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Most tokens of a text.</summary>
    public required int Positions { get; init; }

    /// <summary>Kinds of segment; only the first is used.</summary>
    public required int TokenTypes { get; init; }

    /// <summary>Added to the variance in layer norms.</summary>
    public required double Epsilon { get; init; }

    public int HeadSize => Hidden / Heads;
}

/// <summary>How the vectors of a text's tokens become one.</summary>
internal enum PoolingRule
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>That of [CLS].</summary>
    FirstToken,
}
