namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// A LoRA adapter that was checked against the model it is for: for a matrix W of the model it has A and B, and W is used as
/// W + scale · B·A. llama.cpp looks at the outer shapes alone, and ends the process in mid-step over what does not multiply.
/// </summary>
internal static class LoraFile
{
    private const string FirstFactor = ".lora_a";
    private const string SecondFactor = ".lora_b";
    private const string Embedding = "token_embd.weight";

    /// <summary>Reads the adapter at <paramref name="path"/>.</summary>
    /// <exception cref="ModelLoadException">It cannot be read, it is no LoRA adapter, or not one for <paramref name="model"/>.</exception>
    public static GgufContainer Open(string path, GgufFile model)
    {
        GgufContainer adapter = GgufContainer.Open(path);
        CheckKind(adapter, model);
        HashSet<string> matrices = [];
        foreach (GgufTensor tensor in adapter.Tensors)
        {
            if (MatrixOf(tensor.Name) is { } matrix)
                matrices.Add(matrix);
            else if (!tensor.Name.EndsWith("_norm.weight", StringComparison.Ordinal)) // which llama.cpp passes over
                throw adapter.Failure(tensor.Name, "is neither the first factor of a matrix (.lora_a) nor the second (.lora_b)");
        }

        if (matrices.Count == 0)
            throw adapter.Failure("tensor count", "the adapter changes no matrix");
        foreach (string matrix in matrices)
            CheckMatrix(adapter, model, matrix);
        return adapter;
    }

    private static void CheckKind(GgufContainer adapter, GgufFile model)
    {
        Require("general.type", "adapter", "a LoRA adapter's is 'adapter'");
        Require("adapter.type", "lora", "only 'lora' is served");
        Require("general.architecture", model.Metadata.Architecture, $"the model's is '{model.Metadata.Architecture}'");
        // llama.cpp asserts the type.
        if (adapter.TryGet("adapter.lora.alpha", out GgufValue? alpha) && alpha.Type != GgufValueType.Float32)
            throw adapter.Failure("adapter.lora.alpha", $"is {alpha.TypeName}, but must be Float32");
        _ = adapter.GetNumber("adapter.lora.alpha");
        if (adapter.TryGet("adapter.alora.invocation_tokens", out _))
            throw adapter.Failure("adapter.alora.invocation_tokens", "an adapter that certain tokens switch on (aLoRA) is not served");

        void Require(string key, string value, string rule)
        {
            if (adapter.GetString(key) is var found && found != value)
                throw adapter.Failure(key, $"{(found is null ? "is missing" : $"is '{found}'")}, but {rule}");
        }
    }

    private static string? MatrixOf(string name) =>
        name.EndsWith(FirstFactor, StringComparison.Ordinal) || name.EndsWith(SecondFactor, StringComparison.Ordinal)
            ? name[..^FirstFactor.Length]
            : null;

    private static void CheckMatrix(GgufContainer adapter, GgufFile model, string name)
    {
        if (!model.TryGetTensor(name, out GgufTensor? matrix))
            throw adapter.Failure(name, "the model has no such tensor: the adapter is for another one");
        if (matrix.Dimensions.Length < 2)
            throw adapter.Failure(name, "is a vector of the model, and an adapter changes matrices");
        GgufTensor first = Factor(adapter, name + FirstFactor);
        GgufTensor second = Factor(adapter, name + SecondFactor);
        // The factors of an embedding stand the other way round: its columns are picked, not multiplied.
        bool isEmbedding = name == Embedding;
        if (isEmbedding && !model.TryGetTensor("output.weight", out _))
            throw adapter.Failure(name, "is the model's output too, and llama.cpp cannot change an embedding that is both");
        long columns = isEmbedding ? Size(second, 1) : Size(first, 0);
        long rows = isEmbedding ? Size(first, 1) : Size(second, 1);
        long rank = isEmbedding ? Size(first, 0) : Size(first, 1);
        bool fits = columns == matrix.Dimensions[0] && rows == matrix.Dimensions[1] && rank == Size(second, 0)
            && Enumerable.Range(2, 2).All(i => Size(first, i) == Size(matrix, i) && Size(second, i) == Size(matrix, i));
        if (!fits)
            throw adapter.Failure(name, $"{Shape(first)} and {Shape(second)} do not multiply to the model's {Shape(matrix)}");
    }

    private static GgufTensor Factor(GgufContainer adapter, string name)
    {
        if (!adapter.TryGetTensor(name, out GgufTensor? factor))
            throw adapter.Failure(name, "is missing");
        return factor.Type.HoldsWeights() ? factor : throw adapter.Failure(name, $"weights of type {factor.Type} cannot be computed with");
    }

    private static long Size(GgufTensor tensor, int dimension) => dimension < tensor.Dimensions.Length ? tensor.Dimensions[dimension] : 1;

    private static string Shape(GgufTensor tensor) => string.Join(" x ", tensor.Dimensions.Select(size => size.ToString("N0")));
}
