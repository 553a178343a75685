namespace CascadeLocal.Engine.Gguf;

/// <summary>Tensors against the metadata: the embedding's shape, the first and the last block, usable types.</summary>
internal static class TensorCheck
{
    private const string Embedding = "token_embd.weight";

    public static void Check(GgufFile file)
    {
        ModelMetadata model = file.Metadata;
        if (!file.TryGetTensor(Embedding, out GgufTensor? embedding))
            throw file.Failure(Embedding, "the tensor is missing");
        if (embedding.Dimensions.Length < 2 || embedding.Dimensions[0] != model.EmbeddingLength)
            throw file.Failure(Embedding, $"is {Shape(embedding)} but {model.Architecture}.embedding_length is {model.EmbeddingLength:N0}");
        if (embedding.Dimensions[1] != model.VocabularySize)
            throw file.Failure(Embedding, $"is {Shape(embedding)} but the vocabulary has {model.VocabularySize:N0} tokens");

        RequireBlock(file, 0);
        RequireBlock(file, model.BlockCount - 1);
        foreach (GgufTensor tensor in file.Tensors)
            CheckType(file, tensor);
    }

    private static void RequireBlock(GgufFile file, int block)
    {
        string prefix = $"blk.{block}.";
        if (!file.Tensors.Any(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)))
            throw file.Failure(prefix + "*", $"{file.Metadata.Architecture}.block_count is {file.Metadata.BlockCount:N0} but block {block:N0} has no tensors");
    }

    private static void CheckType(GgufFile file, GgufTensor tensor)
    {
        // Tables of indices (32-bit integers) are inputs of some architectures; every other tensor is a weight.
        bool isTable = tensor.Type == GgmlType.I32 && !IsWeightOfEveryModel(tensor.Name);
        if (!tensor.Type.HoldsWeights() && !isTable)
            throw file.Failure(tensor.Name, $"weights of type {tensor.Type} cannot be computed with");
        if (tensor.Dimensions.Length == 1 && !tensor.Type.IsFloat() && !isTable)
            throw file.Failure(tensor.Name, $"a vector of type {tensor.Type}; norms and biases are stored as F32, F16 or BF16");
    }

    private static bool IsWeightOfEveryModel(string name) =>
        name.Contains("attn_", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal)
        || name is Embedding or "output.weight"
        || name.EndsWith("ffn_up.weight", StringComparison.Ordinal) || name.EndsWith("ffn_down.weight", StringComparison.Ordinal)
        || name.EndsWith("ffn_gate.weight", StringComparison.Ordinal);

    private static string Shape(GgufTensor tensor) => string.Join(" x ", tensor.Dimensions.Select(size => size.ToString("N0")));
}
