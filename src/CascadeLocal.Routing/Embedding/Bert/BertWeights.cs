using CascadeLocal.Routing.Embedding.Safetensors;

using TorchSharp;

namespace CascadeLocal.Routing.Embedding.Bert;

/// <summary>The tensors of a BERT encoder, by their HuggingFace names, each checked against the shape it must have.</summary>
internal sealed class BertWeights : IDisposable
{
    private const string Bare = "embeddings.word_embeddings.weight";
    private readonly SafetensorsFile _file;
    private readonly string _prefix;
    private readonly torch.Device _device;

    /// <summary>Opens the file.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public BertWeights(string path, torch.Device device)
    {
        _device = device;
        _file = new(path);
        _prefix = _file.Names.Contains(Bare) ? "" : "bert.";  // with a head, the encoder is a part of the model
    }

    /// <summary>Reads a float32 tensor; it belongs to the caller.</summary>
    /// <exception cref="FormatException">It is missing or has another shape.</exception>
    public torch.Tensor Read(string name, params int[] shape)
    {
        NamedTensor tensor = _file.Read(_prefix + name);
        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new FormatException(
                $"tensor {tensor.Name} is [{string.Join(", ", tensor.Shape)}], not [{string.Join(", ", shape)}]");
        }

        return torch.tensor(tensor.Values, [.. shape.Select(size => (long)size)], device: _device);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
