namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// A model whose files' structure was checked completely in managed code, because llama.cpp ends the process on some
/// damaged files. What is held is the metadata and the tensor table, never the weights; the files themselves are closed.
/// </summary>
internal sealed class GgufFile : GgufContainer
{
    private GgufFile(GgufContainer first, IReadOnlyList<GgufContainer> others)
        : base(first, first.Length + others.Sum(part => part.Length), [.. first.Tensors, .. others.SelectMany(part => part.Tensors)])
    {
        FileKindCheck.Check(this);
        Parts = [first.Path, .. others.Select(part => part.Path)];
        Metadata = ModelMetadataReader.Read(this);
    }

    /// <summary>The files it is in, the first one first.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>What the engine needs to know of the model.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Reads and checks the model at <paramref name="path"/>, with all its parts if that is the first of several.</summary>
    /// <exception cref="ModelLoadException">It cannot be read, or it is no model that can be served.</exception>
    public static new GgufFile Open(string path) => Open(path, (first, reader) =>
    {
        GgufFile file = new(first, SplitModel.OpenOthers(first));
        KeyTypeCheck.Check(file);
        ArchitectureCheck.Check(file);
        TokenizerCheck.Check(file, reader);
        TensorCheck.Check(file);
        GraphCheck.Check(file);
        return file;
    });
}

/// <summary>A model file cannot be served. The message names the file, the field and the reason.</summary>
public sealed class ModelLoadException : Exception
{
    /// <summary>Says why <paramref name="path"/> cannot be served.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="field">What in it is wrong: a metadata key, a tensor's name, a part of the header.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="inner">What it was found by, if that was an exception.</param>
    public ModelLoadException(string path, string field, string reason, Exception? inner = null)
        : base($"{path}: {field}: {reason}", inner)
    {
        Path = path;
        Field = field;
        Reason = reason;
    }

    /// <summary>The model file.</summary>
    public string Path { get; }

    /// <summary>What in the file is wrong: a metadata key, a tensor's name, a part of the header.</summary>
    public string Field { get; }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }
}
