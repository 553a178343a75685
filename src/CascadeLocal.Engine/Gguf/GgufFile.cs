using System.Diagnostics.CodeAnalysis;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// A model file whose structure was checked completely in managed code, because llama.cpp ends the process on some
/// damaged files. What is held is the metadata and the tensor table, never the weights; the file itself is closed.
/// </summary>
internal sealed class GgufFile
{
    private readonly Dictionary<string, GgufValue> _metadata;
    private readonly Dictionary<string, GgufTensor> _tensors;

    private GgufFile(string path, long length, Dictionary<string, GgufValue> metadata, GgufTensor[] tensors, long dataOffset)
    {
        Path = path;
        Length = length;
        DataOffset = dataOffset;
        Tensors = tensors;
        _metadata = metadata;
        _tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Metadata = ModelMetadataReader.Read(this);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>Where the tensors' data starts.</summary>
    public long DataOffset { get; }

    /// <summary>The tensor table, in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>All metadata keys.</summary>
    public IEnumerable<string> Keys => _metadata.Keys;

    /// <summary>What the engine needs to know of the model.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Reads and checks the model at <paramref name="path"/>.</summary>
    /// <exception cref="ModelLoadException">It cannot be read, or it is no model that can be served.</exception>
    public static GgufFile Open(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new ModelLoadException(path, "file", "is a folder");
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            GgufReader reader = new(path, handle, RandomAccess.GetLength(handle));
            var (metadata, tensors, dataOffset) = new GgufParser(reader).Parse();
            GgufFile file = new(path, reader.Length, metadata, tensors, dataOffset);
            ArchitectureCheck.Check(file);
            TokenizerCheck.Check(file, reader);
            TensorCheck.Check(file);
            return file;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelLoadException(path, "file", "does not exist", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ModelLoadException(path, "file", $"cannot be read: {exception.Message}", exception);
        }
    }

    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value) => _metadata.TryGetValue(key, out value);

    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>The text at <paramref name="key"/>, or null if there is none.</summary>
    public string? GetString(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (value.Type != GgufValueType.String)
            throw Failure(key, $"is a {value.Type}, not a string");
        return value.Text ?? throw Failure(key, "the string is too long");
    }

    /// <summary>The whole number of 0 to 2^31 - 1 at <paramref name="key"/>, or null if there is none.</summary>
    public int? GetCount(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (!value.Type.IsInteger())
            throw Failure(key, $"is a {value.Type}, not a whole number");
        return ToCount(key, value.Numbers![0]);
    }

    /// <summary>The finite number at <paramref name="key"/>, or null if there is none.</summary>
    public double? GetNumber(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (value.Type is GgufValueType.String or GgufValueType.Array or GgufValueType.Bool)
            throw Failure(key, $"is a {value.Type}, not a number");
        double number = value.Numbers![0];
        return double.IsFinite(number) ? number : throw Failure(key, $"is {number}");
    }

    /// <summary>The elements of the array at <paramref name="key"/>, or null if there is none.</summary>
    public long? GetArrayLength(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        return value.IsArray ? value.Count : throw Failure(key, $"is a {value.Type}, not an array");
    }

    /// <summary>
    /// One count per layer: the array at <paramref name="key"/>, or its single number for all layers; null if there is none.
    /// </summary>
    public int[]? GetCountPerLayer(string key, int layers)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (!value.IsArray)
            return [.. Enumerable.Repeat(GetCount(key)!.Value, layers)];
        if (!value.ElementType.IsInteger())
            throw Failure(key, $"is an array of {value.ElementType}, not of whole numbers");
        if (value.Count != layers || value.Numbers is null)
            throw Failure(key, $"has {value.Count:N0} elements for {layers:N0} layers");
        return [.. value.Numbers.Select(number => ToCount(key, number))];
    }

    public ModelLoadException Failure(string field, string reason) => new(Path, field, reason);

    private int ToCount(string key, double number) =>
        number is >= 0 and <= int.MaxValue ? (int)number : throw Failure(key, $"is {number:N0}");
}
